import { channelIdSchema, messageIdSchema, providerIdSchema } from '@posthorn/message';
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
export type WebhookJob = z.infer<typeof webhookJobSchema>;

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

/** A channel's access token is to be renewed. The token itself is in no job. */
export const tokenJobSchema = z.object({ v: z.literal(1), channelId: channelIdSchema, tokenVersion: z.int().min(0) });
export type TokenJob = z.infer<typeof tokenJobSchema>;
