import {
  channelIdSchema,
  contentSchema,
  eventEnvelopeSchema,
  externalIdSchema,
  inboundMessageSchema,
  laneSchema,
  messageIdSchema,
  providerIdSchema,
  recipientSchema,
  sendRequestSchema,
  statusSchema,
} from '@posthorn/message';
import { z } from 'zod';

const time = z.iso.datetime();
const link = z.string().meta({
  description: 'Relative to this API.',
  examples: ['/v1/messages/msg_demo-whatsapp-cloud_01JD8T0Z5R4YV3W2X1Q0P9N8M7'],
});

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; what programs look at.' }),
    detail: z.string().optional(),
    instance: z.string().optional(),
    errors: z
      .array(
        z.object({
          detail: z.string(),
          pointer: z.string().meta({ description: 'JSON Pointer (RFC 6901) into the request body.' }),
        }),
      )
      .optional(),
  })
  .meta({
    id: 'Problem',
    description: 'A problem (RFC 9457).',
    examples: [
      {
        type: 'https://posthorn.example/problems/invalid_request',
        title: 'The request is not valid',
        status: 422,
        code: 'invalid_request',
        detail: 'One fault was found; see errors.',
        errors: [{ detail: 'expected a string, but it is not there; add it', pointer: '/content/body' }],
      },
    ],
  });

/** The request of `libs/message`, with examples for the description. */
export const describedRequestSchema = sendRequestSchema.meta({
  id: 'SendRequest',
  examples: [
    {
      channelId: 'demo-whatsapp-cloud',
      to: '+15550001111',
      content: { type: 'text', body: 'Your parcel arrives today between 10 and 12.' },
      callbackData: 'order-4711',
    },
    {
      channelId: 'demo-whatsapp-cloud',
      to: '+15550001111',
      priority: 'high',
      ttlSeconds: 300,
      content: {
        type: 'template',
        name: 'sign_in_code',
        language: 'en_US',
        components: [{ type: 'body', parameters: [{ type: 'text', text: '123456' }] }],
      },
    },
    {
      channelId: 'demo-whatsapp-cloud',
      to: '+15550001111',
      content: {
        type: 'interactive',
        kind: 'buttons',
        body: 'Shall we deliver tomorrow?',
        buttons: [
          { id: 'yes', title: 'Yes' },
          { id: 'no', title: 'Another day' },
        ],
      },
    },
  ],
});

const messageLinks = z.object({ self: link, cancel: link });

export const acceptedSchema = z
  .object({ id: messageIdSchema, status: z.literal('accepted'), links: messageLinks })
  .meta({ description: 'The message is stored and will be sent.' });
export type Accepted = z.infer<typeof acceptedSchema>;

const itemKey = z
  .string()
  .regex(/^[!-~]{1,255}$/u, 'expected 1 to 255 visible ASCII characters')
  .optional()
  .meta({ description: 'As the header of a single request. Without it, the header’s key and the position count.' });
export const itemKeySchema = itemKey;

export const batchRequestSchema = z
  .strictObject({
    messages: z
      .array(z.intersection(z.object({ idempotencyKey: itemKey }), describedRequestSchema))
      .min(1)
      .max(1000),
  })
  .meta({ description: 'Up to 1,000 messages, each with an answer of its own.' });

export const batchResultSchema = z.object({
  results: z.array(
    z.union([
      z.object({
        index: z.int(),
        status: z.literal(202),
        id: messageIdSchema,
        links: messageLinks,
        replayed: z.boolean(),
      }),
      z.object({ index: z.int(), status: z.int(), problem: problemSchema }),
    ]),
  ),
});
export type BatchAnswer = z.infer<typeof batchResultSchema>;

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

export const messageSummarySchema = z
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
    links: messageLinks,
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
  links: z.object({ next: link.nullable() }),
});

export const cancelledSchema = z.object({ id: messageIdSchema, status: z.literal('cancelled'), links: messageLinks });

/** An event of a channel's log: as subscribers get it, with its place there. */
export const eventSchema = eventEnvelopeSchema.extend({
  position: z.string().meta({ description: 'Where it stands in the log: `after` of the next request.' }),
});
export type EventAnswer = z.infer<typeof eventSchema>;

export const eventListSchema = z.object({
  events: z.array(eventSchema),
  links: z.object({
    next: link.meta({ description: 'Continue here; it is there at the end of the log too, to ask again later.' }),
  }),
});

export const channelSchema = z
  .object({
    id: channelIdSchema,
    provider: providerIdSchema,
    name: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    apiVersion: z
      .string()
      .nullable()
      .meta({
        description: 'The version of the provider’s API it speaks; null where there are none.',
        examples: ['v25.0'],
      }),
    links: z.object({ self: link, events: link, messages: link }),
  })
  .meta({ description: 'A channel. Its settings are not shown.' });
export type ChannelAnswer = z.infer<typeof channelSchema>;

export const channelListSchema = z.object({ channels: z.array(channelSchema) });
export { inboundMessageSchema };
