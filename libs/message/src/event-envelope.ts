import { z } from 'zod';
import type { EventType } from './event.ts';
import {
  channelIdSchema,
  externalIdSchema,
  inboundIdSchema,
  mediaIdSchema,
  messageIdSchema,
  providerIdSchema,
} from './ids.ts';
import { inboundMessageSchema } from './inbound.ts';
import { recipientSchema } from './recipient.ts';
import { statusSchema } from './status.ts';
import { subscriptionIdSchema } from './subscription-id.ts';

const time = z.iso.datetime();

/**
 * `evt_<channelId>_<position>`: it carries its channel and its place in the channel's log. The same on every delivery,
 * retry and replay: the receiver's key against duplicates.
 */
export const eventIdSchema = z
  .string()
  .regex(/^evt_[A-Za-z0-9_-]{1,110}$/u, 'expected the id of an event: evt_…')
  .meta({ description: 'The same on every delivery, retry and replay; also in the header webhook-id.' });

const channelSchema = z
  .object({
    id: channelIdSchema,
    provider: providerIdSchema,
    name: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
  })
  .meta({ id: 'EventChannel', description: 'Where it happened, with the labels that its owner gave it.' });

const order = z
  .string()
  .regex(/^\d{13}-\d{6}$/u)
  .meta({
    description:
      'The place in the order of the channel, and so of each of its conversations. Of fixed width: sorted as text, events are in order.',
    examples: ['1764000000000-000000'],
  });

const problemSchema = z
  .object({
    code: z.string(),
    title: z.string().optional(),
    details: z.string().optional(),
    status: z.number().optional(),
    trace: z.string().optional(),
  })
  .meta({ description: 'What the provider said, for people.' });

const failureSchema = z.object({
  code: z.string().meta({ description: 'One of docs/errors; what programs look at.' }),
  says: z.string(),
  problem: problemSchema.nullable(),
});

const pricingSchema = z.object({
  price: z.union([z.number(), z.string()]).nullable(),
  currency: z.string().nullable(),
  category: z.string().nullable(),
  told: z.record(z.string(), z.unknown()).meta({ description: 'All of it, in the provider’s terms.' }),
});

const messageData = z.object({
  channel: channelSchema,
  order,
  message: z.object({
    id: messageIdSchema,
    status: statusSchema.meta({ description: 'The status that it moved to.' }),
    generation: z.int().min(1).meta({ description: 'Grows with each replay; a status of a later one counts more.' }),
    to: recipientSchema.nullable(),
    callbackData: z.string().nullable().meta({ description: 'As the producer gave it.' }),
    providerId: externalIdSchema.nullable(),
    providerAt: time.nullable().meta({ description: 'When, by the provider’s clock.' }),
    possibleDuplicate: z.boolean().meta({ description: 'Sent again after an outcome nobody knows.' }),
    outOfOrder: z.boolean().meta({ description: 'Later messages of its conversation may have gone before it.' }),
    more: z
      .json()
      .meta({ description: 'What the provider said besides with this status, in its terms; null: nothing.' }),
  }),
  failure: failureSchema.nullable().meta({ description: 'Of message.failed and message.held.' }),
  pricing: pricingSchema.nullable().meta({ description: 'Where the provider told it with this status.' }),
});

const keptData = z.object({
  channel: channelSchema,
  order,
  detail: z.json().meta({ description: 'In the provider’s terms.' }),
});

const optOutData = z.object({
  channel: channelSchema,
  order,
  detail: z.object({
    recipient: z.string().nullable().meta({ description: 'Phone number in E.164 form, or the provider’s user id.' }),
    source: z.enum(['word', 'provider', 'preference', 'api']).meta({
      description:
        'A word they wrote, a refusal of the provider, a preference they set in WhatsApp, or a call of your API.',
    }),
    inboundId: inboundIdSchema.nullable().meta({ description: 'The message with the word.' }),
    messageId: messageIdSchema.nullable().meta({ description: 'The message that the provider refused.' }),
  }),
});

const onboardingData = z.object({
  channel: channelSchema,
  order,
  detail: z.object({
    onboardingId: z.string(),
    stage: z.string().meta({ description: 'FINISHED, or the stage that failed.' }),
    callbackData: z.string().nullable().meta({ description: 'As the caller gave it.' }),
    failure: failureSchema
      .extend({ needs: z.enum(['code', 'pin', 'retry', 'new_onboarding']) })
      .optional()
      .meta({ description: 'Of onboarding.failed; its codes stand in docs/providers/whatsapp-cloud.md.' }),
    tokenExpiresAt: time.nullable().optional(),
  }),
});

const errand = {
  deliveryId: z.string(),
  inboundId: inboundIdSchema.nullable().meta({ description: 'The message that the file came with.' }),
  providerMediaId: z.string(),
  destination: z.string().nullable().meta({ description: 'Host of the address it was posted to; null: our store.' }),
  callbackData: z.string().nullable().meta({ description: 'As the caller gave it.' }),
};
const mediaDelivered = z.object({
  channel: channelSchema,
  order,
  detail: z.object({
    ...errand,
    contentType: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    mediaId: mediaIdSchema.nullable().meta({ description: 'Where it went into our store.' }),
  }),
});
const mediaFailed = z.object({
  channel: channelSchema,
  order,
  detail: z.object({ ...errand, code: z.string(), says: z.string(), attempts: z.int() }),
});

const subscriptionData = z.object({
  subscription: z.object({ id: subscriptionIdSchema, name: z.string().nullable() }),
  since: time,
  reason: z.string(),
});

const dataByType = {
  'message.received': z.object({ channel: channelSchema, order, message: inboundMessageSchema.nullable() }),
  'message.accepted': messageData,
  'message.held': messageData,
  'message.submitted': messageData,
  'message.sent': messageData,
  'message.delivered': messageData,
  'message.read': messageData,
  'message.played': messageData,
  'message.failed': messageData,
  'message.expired': messageData,
  'message.cancelled': messageData,
  'status.unmatched': keptData,
  'channel.news': keptData,
  'webhook.unrecognised': keptData,
  'recipient.opted_out': optOutData,
  'recipient.opted_in': optOutData,
  'onboarding.finished': onboardingData,
  'onboarding.failed': onboardingData,
  'media.delivered': mediaDelivered,
  'media.failed': mediaFailed,
  'subscription.test': z.object({ subscription: z.object({ id: subscriptionIdSchema, name: z.string().nullable() }) }),
  'subscription.held': subscriptionData,
  'subscription.disabled': subscriptionData,
} as const satisfies Partial<Record<EventType, z.ZodType>>;

const envelopeOf = (type: string, data: z.ZodType) =>
  z.object({ id: eventIdSchema, version: z.literal(1), type: z.literal(type), timestamp: time, data });

/**
 * An event as subscribers get it: the form of Standard Webhooks (`type`, `timestamp`, `data`), with its id and version. New
 * fields may come within a version; receivers ignore what they do not know.
 */
export const eventEnvelopeSchema = z
  .object({
    id: eventIdSchema,
    version: z.literal(1),
    type: z.string().meta({ description: 'What happened; see the schema of each type.' }),
    timestamp: time.meta({ description: 'When it happened.' }),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event', description: 'Something that happened.' });
export type EventEnvelope = z.infer<typeof eventEnvelopeSchema>;

/** Each type's envelope, for its description and for receivers that check what they get. */
export const eventSchemaByType: Readonly<Partial<Record<string, z.ZodType>>> = Object.fromEntries(
  Object.entries(dataByType).map(([type, data]) => [type, envelopeOf(type, data)]),
);
export type MessageEventData = z.infer<typeof messageData>;
export type ReceivedEventData = z.infer<(typeof dataByType)['message.received']>;
export type KeptEventData = z.infer<typeof keptData>;
