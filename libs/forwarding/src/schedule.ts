/** Waits before the second, third … attempt, as Standard Webhooks suggests: 10 attempts over about 75 hours. In ms. */
export const deliveryScheduleMs: readonly number[] = [
  5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000,
];

const jitter = 0.1;
/** A receiver may ask for more time than the schedule gives, but not for ever. */
const askedMostMs = 86_400_000;

export interface Waiting {
  /** How many attempts have failed: 1 or more. */
  readonly failed: number;
  /** What the receiver asked for, or null. */
  readonly askedMs: number | null;
  /** 0 up to 1. */
  readonly random: number;
  /** Multiplies the schedule; below 1 only to play days in seconds. What a receiver asks for is not shrunk. */
  readonly factor: number;
}

/** The wait before the next attempt in ms: the schedule's, or longer if the receiver asked so, plus up to 10 %. Null: it was the last. */
export function nextAttemptMs({ failed, askedMs, random, factor }: Waiting): number | null {
  const scheduled = deliveryScheduleMs[failed - 1];
  if (scheduled === undefined) return null;
  const floor = Math.max(scheduled * factor, Math.min(askedMs ?? 0, askedMostMs));
  return Math.round(floor * (1 + jitter * random));
}
