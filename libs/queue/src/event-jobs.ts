import { channelIdSchema, eventTypeSchema, subscriptionIdSchema } from '@posthorn/message';
import { z } from 'zod';

const common = {
  v: z.literal(1),
  subscriptionId: subscriptionIdSchema,
  type: eventTypeSchema,
  /** When it happened, in ms since 1970. */
  at: z.number(),
  /** How many attempts failed. */
  failed: z.int().min(0).default(0),
  /** When the first attempt was made, in ms since 1970. */
  firstAt: z.number().optional(),
};

/**
 * One event for one subscriber. Of a channel's log it is a pointer: the body is rendered at each attempt. What is about
 * the subscription itself has no personal data, and is all here.
 */
export const eventJobSchema = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('log'),
    channelId: channelIdSchema,
    position: z.string(),
    /** The 26 characters of the message's id; null: about none. */
    ulid: z.string().nullable(),
    generation: z.int(),
  }),
  z.object({ ...common, kind: z.literal('own'), eventId: z.string(), data: z.record(z.string(), z.json()) }),
]);
export type EventJob = z.infer<typeof eventJobSchema>;

/** An event that will not be tried again by itself. */
export const deadEventSchema = z.object({
  v: z.literal(1),
  subscriptionId: subscriptionIdSchema,
  event: eventJobSchema,
  code: z.enum(['receiver_gone', 'attempts_exhausted']),
  diedAt: z.number(),
});
export type DeadEvent = z.infer<typeof deadEventSchema>;

/** The id of an event's job: the same for the same event, so that fanning out twice is fanning out once. */
export function eventJobId(job: EventJob, suffix = ''): string {
  return `${job.kind === 'log' ? `${job.channelId}_${job.position}` : job.eventId}${suffix}`;
}
