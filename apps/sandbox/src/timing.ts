import { z } from 'zod';

const share = z.number().min(0).max(1);
const ms = z.number().int().min(0);

/** How fast the played providers are. Every time is in milliseconds and each step counts from the one before. */
export const timingSchema = z.strictObject({
  /** Latency of an answer to a send. */
  answerMs: ms.default(0),
  sentMs: ms.default(100),
  deliveredMs: ms.default(200),
  /** `null`: read receipts are off. */
  readMs: ms.nullable().default(500),
  /** For voice notes. `null`: never played. */
  playedMs: ms.nullable().default(500),
  /** Up to this much is added to every step. */
  jitterMs: ms.default(0),
  /** Most updates in one POST to a webhook; Meta goes up to 1000. */
  batchMax: z.number().int().min(1).max(1000).default(100),
  /** How long the first update of a batch waits for company. */
  batchWaitMs: ms.default(5),
  /** POSTs to one webhook at the same time. */
  concurrency: z.number().int().min(1).max(256).default(8),
  /** Share of updates that come twice, the second one `reorderMs` later. */
  duplicateShare: share.default(0),
  /** Share of updates held back by `reorderMs`, so that later ones overtake them. */
  reorderShare: share.default(0),
  reorderMs: ms.default(1000),
  /** A webhook that has not answered by then counts as failed. */
  webhookTimeoutMs: ms.min(1).default(10_000),
  retryFirstMs: ms.min(1).default(1000),
  retryFactor: z.number().min(1).default(2),
  retryMaxMs: ms.min(1).default(600_000),
  /** Meta names seven days on two pages and 36 hours on a third. */
  retryForMs: ms.default(7 * 24 * 3_600_000),
});

export type Timing = z.output<typeof timingSchema>;
export type TimingInput = z.input<typeof timingSchema>;

/** A change of some of the times; those not named stay as they are. */
export const timingPatchSchema = z.strictObject(
  Object.fromEntries(Object.entries(timingSchema.shape).map(([name, field]) => [name, field.unwrap().optional()])),
);
