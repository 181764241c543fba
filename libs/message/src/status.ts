import { z } from 'zod';

/** What is told of a message. `accepted` is ours, `submitted` the provider's answer, the later ones come by callback. */
export const statusSchema = z.enum([
  'accepted',
  'held',
  'submitted',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'expired',
  'cancelled',
]);
export type Status = z.infer<typeof statusSchema>;

/**
 * How far each status is. Within one generation a status only moves to a higher rank, so any permutation of the same
 * callbacks ends in the same state. `held` lies below `submitted`: evidence settles it.
 */
export const rankByStatus = {
  accepted: 0,
  held: 1,
  submitted: 2,
  sent: 3,
  failed: 4,
  expired: 4,
  cancelled: 4,
  delivered: 5,
  read: 6,
  played: 7,
} as const satisfies Record<Status, number>;

/**
 * Whether a status may follow another one within a generation.
 * `failed` can follow `sent`, never `delivered`; a delivery after a failure proves that the failure was wrong, so it counts.
 */
export function mayFollow(next: Status, current: Status): boolean {
  return rankByStatus[next] > rankByStatus[current];
}
