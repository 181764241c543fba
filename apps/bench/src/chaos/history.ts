import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Rig } from './rig.ts';

const page = z.object({
  entries: z.array(
    z.object({
      seq: z.number(),
      atMs: z.number(),
      account: z.string().nullable(),
      to: z.string().nullable(),
      callbackData: z.string().nullable(),
      answer: z.object({ status: z.number().nullable() }),
    }),
  ),
  next: z.number().nullable(),
});
/** One send as the sandbox saw it. */
export type Seen = z.output<typeof page>['entries'][number];

/** Follows what the sandbox sees, because it keeps the newest 10,000 only. */
export interface Follower {
  /** Stops, after everything up to now was read; in order of arrival. Throws if the sandbox forgot some before they were read. */
  readonly stop: () => Promise<readonly Seen[]>;
}

/** Begins to follow the sends that come to the sandbox. */
export function followHistory(rig: Rig): Follower {
  const all: Seen[] = [];
  const stopping = new AbortController();
  let after = 0;
  const read = async (): Promise<void> => {
    for (;;) {
      const { entries, next } = page.parse(
        await rig.control('GET', `history?operation=send&limit=1000&after=${after}`),
      );
      all.push(...entries);
      after = entries.at(-1)?.seq ?? after;
      if (next === null) return;
    }
  };
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await read();
      await delay(500, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  // Whoever never stops it must not be ended by a rig that went away.
  loop.catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await loop;
      await read();
      return all;
    },
  };
}
