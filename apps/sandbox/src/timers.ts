import type { Clock } from '@posthorn/runtime';

export type Timers = {
  /** Runs `run` once the clock has reached `dueMs`; equal times run in the order they were given. */
  readonly at: (dueMs: number, run: () => void) => void;
  readonly pending: () => number;
  /** Forgets everything that waits. */
  readonly clear: () => void;
};

type Entry = { readonly dueMs: number; readonly order: number; readonly run: () => void };

/**
 * One heap and one Node timer for everything that waits: a benchmark keeps tens of thousands of
 * statuses waiting, and one setTimeout each costs more than the work itself.
 */
export function createTimers(clock: Clock): Timers {
  let heap: Entry[] = [];
  let order = 0;
  let wake: NodeJS.Timeout | undefined;
  let wakeAtMs = Infinity;

  function arm(): void {
    const first = heap[0];
    if (first === undefined || first.dueMs >= wakeAtMs) return;
    if (wake !== undefined) clearTimeout(wake);
    wakeAtMs = first.dueMs;
    // Node cuts delays above 2^31-1 ms down to 1 ms; an hour is woken early and armed again.
    wake = setTimeout(runDue, Math.min(Math.max(0, first.dueMs - clock.now()), 3_600_000));
  }

  function runDue(): void {
    wake = undefined;
    wakeAtMs = Infinity;
    const nowMs = clock.now();
    for (let first = heap[0]; first !== undefined && first.dueMs <= nowMs; first = heap[0]) {
      pop(heap);
      first.run();
    }
    arm();
  }

  return {
    at(dueMs, run) {
      push(heap, { dueMs, order: order++, run });
      arm();
    },
    pending: () => heap.length,
    clear() {
      heap = [];
      if (wake !== undefined) clearTimeout(wake);
      wake = undefined;
      wakeAtMs = Infinity;
    },
  };
}

function before(a: Entry, b: Entry): boolean {
  return a.dueMs === b.dueMs ? a.order < b.order : a.dueMs < b.dueMs;
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || !before(entry, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) break;
    const takeRight = right !== undefined && before(right, left);
    const child = takeRight ? right : left;
    if (!before(child, last)) break;
    heap[at] = child;
    at = 2 * at + (takeRight ? 2 : 1);
  }
  heap[at] = last;
}
