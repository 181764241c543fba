import { z } from 'zod';

/** What subscribers are told. `accepted … cancelled` follow the statuses of a message. */
export const eventTypeSchema = z.enum([
  'message.received',
  'message.accepted',
  'message.held',
  'message.submitted',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.played',
  'message.failed',
  'message.expired',
  'message.cancelled',
  'status.unmatched',
  'channel.news',
  'webhook.unrecognised',
  'recipient.opted_out',
  'recipient.opted_in',
  'onboarding.finished',
  'onboarding.failed',
  'media.delivered',
  'media.failed',
  'subscription.test',
  'subscription.held',
  'subscription.disabled',
]);
export type EventType = z.infer<typeof eventTypeSchema>;
