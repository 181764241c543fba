import { z } from 'zod';

/** A one-time code does not wait behind a campaign: each lane is a conversation of its own, and high goes first. */
export const laneSchema = z.enum(['high', 'normal', 'bulk']);
export type Lane = z.infer<typeof laneSchema>;
