import { channelIdSchema, inboundIdSchema, messageIdSchema, providerIdSchema } from '@posthorn/message';
import { z } from 'zod';

/**
 * What jobs hold: pointers, no personal data. Versioned by `v`; unknown fields are ignored, so that a worker one release
 * older or newer can read them.
 */
export const sendJobSchema = z.object({
  v: z.literal(1),
  channelId: channelIdSchema,
  messageId: messageIdSchema,
  generation: z.int().min(1),
  traceparent: z.string().optional(),
});
export type SendJob = z.infer<typeof sendJobSchema>;

/** One webhook call: its sealed body lies beside the queue under the same id. */
export const webhookJobSchema = z.object({
  v: z.literal(1),
  id: z.string().min(1).max(64),
  channelId: channelIdSchema,
  receivedAt: z.number(),
  traceparent: z.string().optional(),
});

/** A message that will not be tried again by itself. */
export const deadJobSchema = z.object({
  v: z.literal(1),
  provider: providerIdSchema,
  channelId: channelIdSchema,
  messageId: messageIdSchema,
  generation: z.int().min(1),
  code: z.string(),
  /** The provider's own code. */
  providerCode: z.string().optional(),
  says: z.string(),
  diedAt: z.number(),
});
export type DeadJob = z.infer<typeof deadJobSchema>;

/** A file to be fetched; what it is and where it goes lies sealed beside the queue. */
export const fileJobSchema = z.object({ v: z.literal(1), id: z.string().min(1).max(80), channelId: channelIdSchema });

/** A channel's access token is to be renewed. The token itself is in no job. */
export const tokenJobSchema = z.object({ v: z.literal(1), channelId: channelIdSchema, tokenVersion: z.int().min(0) });

const receipt = { v: z.literal(1), channelId: channelIdSchema, inboundId: inboundIdSchema, askedAt: z.number() };
const receiptJobSchema = z.discriminatedUnion('kind', [
  z.object({ ...receipt, kind: z.literal('read') }),
  z.object({ ...receipt, kind: z.literal('typing') }),
]);
/** A person is to see that their message was read, or that an answer is being typed. */
export type ReceiptJob = z.infer<typeof receiptJobSchema>;

const onboardingJobSchema = z.object({
  v: z.literal(1),
  kind: z.literal('onboarding'),
  id: z.string().min(1).max(100),
  run: z.int().min(1),
});
/** One run of an onboarding. Its record lies beside the queue, sealed. */
export type OnboardingJob = z.infer<typeof onboardingJobSchema>;

/** What a provider's worker does besides sending and understanding webhooks. */
export const taskJobSchema = z.discriminatedUnion('kind', [...receiptJobSchema.options, onboardingJobSchema]);
