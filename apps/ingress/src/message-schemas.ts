import {
  channelIdSchema,
  contentSchema,
  externalIdSchema,
  laneSchema,
  messageIdSchema,
  providerIdSchema,
  recipientSchema,
  statusSchema,
} from '@posthorn/message';
import { z } from 'zod';
import { linkSchema } from './link-schema.ts';
import { messageLinksSchema } from './send-schemas.ts';

const time = z.iso.datetime();
const providerProblemSchema = z.object({
  code: z.string(),
  title: z.string().optional(),
  details: z.string().optional(),
  status: z.int().optional(),
  trace: z.string().optional(),
});

export const timelineEntrySchema = z.object({
  at: time,
  what: z.string(),
  generation: z.int().optional(),
  attempt: z.int().optional(),
  status: z.string().optional(),
  providerAt: time.optional(),
  code: z.string().optional(),
  problem: providerProblemSchema.optional(),
  durationMs: z.number().optional(),
  afterMs: z.number().optional(),
  note: z.string().optional(),
  pricing: z.record(z.string(), z.unknown()).optional(),
});

const waitsForSchema = z.object({
  kind: z.enum([
    'its_time',
    'predecessor',
    'retry',
    'pace',
    'token',
    'evidence',
    'answer',
    'channel_throttled',
    'channel_paused',
    'worker',
    'no_worker',
  ]),
  until: time.optional(),
  since: time.optional(),
  messageId: messageIdSchema.optional(),
  code: z.string().optional(),
  reasons: z.array(z.string()).optional(),
  pauses: z
    .array(z.object({ reason: z.string(), by: z.string(), since: time, why: z.string().nullable() }))
    .optional()
    .meta({ description: 'Whose pauses they are, since when and why.' }),
});
export type WaitsForAnswer = z.infer<typeof waitsForSchema>;

const messageSummarySchema = z
  .object({
    id: messageIdSchema,
    channelId: channelIdSchema,
    status: statusSchema,
    statusAt: time,
    generation: z.int(),
    priority: laneSchema,
    attempts: z.int(),
    acceptedAt: time,
    sendAt: time.nullable(),
    expiresAt: time,
    to: recipientSchema.nullable(),
    content: contentSchema.nullable().meta({ description: 'Null once its retention is over.' }),
    replyTo: z.string().nullable(),
    callbackData: z.string().nullable(),
    failure: z.object({ code: z.string(), says: z.string(), problem: providerProblemSchema.nullable() }).nullable(),
    possibleDuplicate: z.boolean().meta({ description: 'Sent again after an outcome nobody knows.' }),
    outOfOrder: z
      .boolean()
      .meta({ description: 'It was held, and later messages of its conversation may have gone before it.' }),
    provider: z.object({ name: providerIdSchema, id: externalIdSchema.nullable() }),
    links: messageLinksSchema,
  })
  .meta({ id: 'MessageSummary', description: 'A message.' });
export type MessageSummary = z.infer<typeof messageSummarySchema>;

export const messageSchema = messageSummarySchema
  .extend({
    provider: z.object({
      name: providerIdSchema,
      id: externalIdSchema.nullable(),
      status: z.string().nullable().meta({ description: 'What the provider told last.' }),
      answer: timelineEntrySchema.nullable().meta({ description: 'What it answered to the last call.' }),
    }),
    waitsFor: waitsForSchema.nullable().meta({ description: 'Why it has not gone yet.' }),
    timeline: z.array(timelineEntrySchema),
  })
  .meta({ id: 'Message', description: 'A message with all that happened to it.' });
export type MessageAnswer = z.infer<typeof messageSchema>;

export const messageListSchema = z.object({
  messages: z.array(messageSummarySchema),
  links: z.object({ next: linkSchema.nullable() }),
});

export const cancelledSchema = z.object({
  id: messageIdSchema,
  status: z.literal('cancelled'),
  links: messageLinksSchema,
});
