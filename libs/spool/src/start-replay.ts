import type { Log } from '@posthorn/runtime';
import type { Spool } from './spool.ts';

/** What became of an entry that was to be delivered. */
export type Delivery =
  /** It is somewhere safe, or nothing is to be done about it. */
  | { readonly kind: 'done' }
  /** Where it goes is away: no fault of the entry. */
  | { readonly kind: 'away' };

/** What a replay works with. */
export interface ReplayDeps {
  readonly spool: Spool;
  /** Called in the order of arrival, several at a time. A throw is the entry's fault: it is tried `triesMax` times, then set aside. */
  readonly deliver: (payload: Buffer, atMs: number) => Promise<Delivery>;
  readonly log: Log;
  /** How many entries were set aside. */
  readonly setAside: (count: number) => void;
  /** Default: 5. */
  readonly triesMax?: number;
  /** Between two tries, in ms. Default: 500. */
  readonly waitMs?: number;
  /** How often what dead processes left is looked for, in ms. Default: 5 s. */
  readonly adoptMs?: number;
}

/** A running replay. */
export interface Replay {
  /** Something was appended: look now. */
  readonly wake: () => void;
  /** Finishes what is under way; the rest stays on disk. */
  readonly close: () => Promise<void>;
}

const atOnce = 32;

/** Delivers what is spooled, oldest first, again and again, until it is closed. */
export function startReplay(deps: ReplayDeps): Replay {
  const { spool, deliver, log, triesMax = 5, waitMs = 500, adoptMs = 5_000 } = deps;
  const closing = new AbortController();
  let tries = 0;
  let woken = false;
  let wakeUp: () => void = () => undefined;
  let stop: () => void = () => undefined;

  async function pause(ms: number, untilWoken: boolean): Promise<void> {
    if (closing.signal.aborted || (untilWoken && woken)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    timer.unref();
    if (untilWoken) wakeUp = resolve;
    stop = resolve;
    await promise;
    clearTimeout(timer);
  }

  async function step(): Promise<'more' | 'wait' | 'empty'> {
    const batch = await spool.oldest(atOnce);
    if (batch === null) return 'empty';
    const results = await Promise.all(
      batch.entries.map(async ({ payload, atMs }) => (payload === null ? 'unreadable' : await attempt(payload, atMs))),
    );
    const done = results.findIndex((result) => result !== 'done');
    const count = done === -1 ? results.length : done;
    await batch.strike(count);
    if (count > 0) tries = 0;
    const stuck = results[count];
    if (stuck === undefined) return 'more';
    if (stuck === 'away') return 'wait';
    // What came before it is struck off: it is the first of the next batch.
    if (count > 0) return 'more';
    tries += 1;
    if (stuck !== 'unreadable' && tries < triesMax) return 'wait';
    tries = 0;
    await batch.setAside();
    deps.setAside(1);
    log.error(
      { code: stuck },
      stuck === 'unreadable'
        ? 'a spooled webhook call cannot be opened: its key is not in POSTHORN_SEALING_KEYS; it is set aside'
        : `a spooled webhook call could not be delivered ${triesMax} times; it is set aside`,
    );
    return 'more';
  }

  async function attempt(payload: Buffer, atMs: number): Promise<'done' | 'away' | 'failed'> {
    try {
      return (await deliver(payload, atMs)).kind;
    } catch (error) {
      log.warn({ err: error }, 'a spooled webhook call could not be delivered; it is tried again');
      return 'failed';
    }
  }

  const running = (async () => {
    let adoptedAt = Number.NEGATIVE_INFINITY;
    while (!closing.signal.aborted) {
      woken = false;
      try {
        if (performance.now() - adoptedAt >= adoptMs) {
          await spool.adopt();
          adoptedAt = performance.now();
        }
        const next = await step();
        if (next === 'wait') await pause(waitMs, false);
        if (next === 'empty') await pause(adoptMs, true);
      } catch (error) {
        log.error({ err: error }, 'the spool cannot be read; it is tried again');
        await pause(waitMs, false);
      }
    }
  })();

  return {
    wake: () => {
      woken = true;
      wakeUp();
    },
    close: async () => {
      closing.abort();
      stop();
      await running;
    },
  };
}
