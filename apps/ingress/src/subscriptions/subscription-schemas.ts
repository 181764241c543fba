import { channelIdSchema, eventTypeSchema, subscriptionIdSchema } from '@posthorn/message';
import { subscriptionDefaults } from '@posthorn/subscription';
import { z } from 'zod';

const time = z.iso.datetime();
const moment = z.iso.datetime({ offset: true });
const types = z
  .array(eventTypeSchema)
  .min(1)
  .nullable()
  .meta({ description: 'Which events; null: all, those of later releases too.' });
const channels = z
  .array(channelIdSchema)
  .min(1)
  .max(1_000)
  .nullable()
  .meta({ description: 'Of which channels; null: all of yours, those added later too.' });
const fields = {
  url: z
    .url()
    .max(2_000)
    .meta({ description: 'Where events are posted: https, public.', examples: ['https://example.com/hooks'] }),
  name: z.string().min(1).max(200).nullable().meta({ description: 'For people.' }),
  types,
  channels,
  pacePerSecond: z.number().positive().max(10_000).nullable().meta({ description: 'At most so many a second.' }),
  concurrency: z.int().min(1).max(50).meta({ description: 'At most so many at once, per forwarder.' }),
  backlogMax: z.int().min(10).max(100_000).meta({
    description:
      'So many events may wait, about 1 KB each; more are left in the channels’ logs and fetched from there.',
  }),
};
const secret = z
  .string()
  .optional()
  .meta({ description: 'Your own: whsec_ and base64 of 24 to 64 bytes. Without it one is made.' });

export const createSubscriptionSchema = z
  .strictObject({
    url: fields.url,
    name: fields.name.default(null),
    types: types.default(null),
    channels: channels.default(null),
    pacePerSecond: fields.pacePerSecond.default(null),
    concurrency: fields.concurrency.default(subscriptionDefaults.concurrency),
    backlogMax: fields.backlogMax.default(subscriptionDefaults.backlogMax),
    secret,
  })
  .meta({
    id: 'NewSubscription',
    examples: [{ url: 'https://example.com/hooks', types: ['message.received', 'message.failed'] }],
  });

export const patchSubscriptionSchema = z.strictObject(fields).partial();

export const subscriptionShownSchema = z
  .object({
    id: subscriptionIdSchema,
    ...fields,
    state: z.enum(['active', 'paused', 'held', 'disabled']),
    standing: z
      .object({ since: time, reason: z.string() })
      .nullable()
      .meta({ description: 'Why nothing is delivered now, and since when.' }),
    createdAt: time,
    previousSecretUntil: time.nullable().meta({ description: 'So long an older secret signs, too.' }),
    links: z.object({ self: z.string(), deliveries: z.string(), deadLetters: z.string() }),
  })
  .meta({ id: 'Subscription', description: 'Who is told what.' });
export type SubscriptionShown = z.infer<typeof subscriptionShownSchema>;

export const subscriptionDetailSchema = subscriptionShownSchema.extend({
  waiting: z.int().meta({ description: 'Events in its queue, also those between two attempts.' }),
  behindOn: z.array(z.string()).meta({ description: 'Channels whose events had no room in its backlog.' }),
  retrying: z.int().meta({ description: 'Of them, those that failed and wait for their next attempt.' }),
  oldestAgeSeconds: z
    .number()
    .meta({ description: 'How long the oldest event waits that could be delivered now; 0: there is none.' }),
  lastDeliveredAt: time.nullable(),
  failingSince: time
    .nullable()
    .meta({ description: 'The first failure since a delivery went well; null: the last one went well.' }),
  lastFailure: z
    .object({ at: time, status: z.int().nullable(), reason: z.string().nullable() })
    .nullable()
    .meta({ description: 'Of the newest 50 deliveries; `deliveries` tells more.' }),
});

export const subscriptionWithSecretSchema = subscriptionShownSchema.extend({
  secret: z.string().meta({ description: 'Shown this once: what verifies the signatures.' }),
});

export const rotateSchema = z.strictObject({
  secret,
  overlapSeconds: z
    .int()
    .min(0)
    .max(604_800)
    .default(86_400)
    .meta({ description: 'So long the old secret signs, too: both signatures are in the header.' }),
});

export const deliverySchema = z.object({
  eventId: z.string(),
  type: z.string(),
  at: time,
  attempt: z.int(),
  outcome: z.enum(['delivered', 'later', 'dead']),
  status: z.int().nullable().meta({ description: 'Null: no answer came; see reason.' }),
  reason: z.string().nullable(),
  answer: z.string().nullable().meta({ description: 'The beginning of an answer that was no 2xx.' }),
  durationMs: z.number(),
  nextAt: time.nullable(),
});

export const deadLetterSchema = z.object({
  id: z.string(),
  eventId: z.string(),
  type: eventTypeSchema,
  at: time.meta({ description: 'When the event happened.' }),
  code: z.enum(['receiver_gone', 'attempts_exhausted']),
  diedAt: time,
});

export const deadFilterSchema = z.strictObject({
  ids: z.array(z.string()).min(1).max(1_000).optional(),
  types: z.array(eventTypeSchema).min(1).optional(),
  since: moment.optional(),
  until: moment.optional(),
  limit: z.int().min(1).max(10_000).default(1_000),
  dryRun: z.boolean().default(false).meta({ description: 'Only count.' }),
});

export const replaySchema = z.strictObject({
  since: moment.meta({ description: 'Everything that happened since.' }),
  until: moment.optional(),
  types: z.array(eventTypeSchema).min(1).optional(),
  channels: z.array(channelIdSchema).min(1).optional(),
  limit: z.int().min(1).max(10_000).default(1_000),
  dryRun: z.boolean().default(false).meta({ description: 'Only count.' }),
});

export const replayedSchema = z.object({
  matched: z.int(),
  replayed: z.int(),
  more: z.boolean().meta({ description: 'The limit was reached: go on from `next`.' }),
  next: time
    .nullable()
    .meta({ description: 'When the first one that was left happened: `since` of the next request.' }),
  missing: z.array(z.string()).meta({ description: 'Channels whose log no longer reaches back to `since`.' }),
});
