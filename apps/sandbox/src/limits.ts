/** Counts events of the last 1000 ms, exactly to the millisecond, in constant time and space. */
export type SlidingSecond = { readonly add: (nowMs: number) => number; readonly count: (nowMs: number) => number };

const WINDOW_MS = 1000;

export function createSlidingSecond(): SlidingSecond {
  const perMs = new Uint32Array(WINDOW_MS);
  let total = 0;
  let lastMs = 0;

  function moveTo(nowMs: number): void {
    if (nowMs <= lastMs) return;
    if (nowMs - lastMs >= WINDOW_MS) {
      perMs.fill(0);
      total = 0;
    } else {
      for (let at = lastMs + 1; at <= nowMs; at++) {
        total -= perMs[at % WINDOW_MS] ?? 0;
        perMs[at % WINDOW_MS] = 0;
      }
    }
    lastMs = nowMs;
  }

  return {
    add(nowMs) {
      moveTo(Math.floor(nowMs));
      const slot = lastMs % WINDOW_MS;
      perMs[slot] = (perMs[slot] ?? 0) + 1;
      total++;
      return total;
    },
    count(nowMs) {
      moveTo(Math.floor(nowMs));
      return total;
    },
  };
}

export type PairLimit = { readonly take: (key: string, nowMs: number) => boolean };

/** Meta: one message per 6 s to one user; a burst of up to 45 borrows from the time to come. */
const PAIR_EVERY_MS = 6000;
const PAIR_BURST = 45;
const SWEEP_ABOVE = 10_000;

/** The pair limit as a debt: every message adds 6 s, and the debt may not pass 45 messages. */
export function createPairLimit(everyMs = PAIR_EVERY_MS, burst = PAIR_BURST): PairLimit {
  const paidUntilMs = new Map<string, number>();
  let sweepAbove = SWEEP_ABOVE;

  function sweep(nowMs: number): void {
    for (const [key, untilMs] of paidUntilMs) if (untilMs <= nowMs) paidUntilMs.delete(key);
    sweepAbove = Math.max(SWEEP_ABOVE, paidUntilMs.size * 2);
  }

  return {
    take(key, nowMs) {
      const fromMs = Math.max(nowMs, paidUntilMs.get(key) ?? 0);
      if (fromMs - nowMs > (burst - 1) * everyMs) return false;
      paidUntilMs.set(key, fromMs + everyMs);
      if (paidUntilMs.size > sweepAbove) sweep(nowMs);
      return true;
    },
  };
}
