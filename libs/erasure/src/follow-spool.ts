import type { Log } from '@posthorn/runtime';
import type { ErasureStore } from './erasure-store.ts';
import { mentionsAny } from './mentions.ts';

/** A spool as erasures see it. */
export interface SpoolSide {
  /** Names it among all. */
  readonly id: string;
  /** Whether it has entries that came before that time, in ms since 1970. */
  readonly holdsFrom: (beforeMs: number) => boolean;
  /** Takes away what was set aside of that tenant and names the person. Returns how many entries. */
  readonly clear: (tenantId: string, names: (text: string) => boolean) => Promise<number>;
}

/**
 * Returns a tick for a process with a spool: it says that the spool is there, and clears it for each erasure that is under way. What waits in
 * it is replayed first; what of that is the person's finds their mark then.
 */
export function createSpoolFollower({
  store,
  spool,
  log,
}: {
  readonly store: ErasureStore;
  readonly spool: SpoolSide;
  readonly log: Log;
}): () => Promise<void> {
  return async () => {
    await store.beat(spool.id, await store.now());
    for (const { id, tenantId, startedAt, dryRun } of await store.open()) {
      if (dryRun || spool.holdsFrom(startedAt) || (await store.isCleared(id, spool.id))) continue;
      const addresses = await store.addresses(id);
      if (addresses === null) continue;
      const count = await spool.clear(tenantId, mentionsAny(addresses));
      await store.count(id, 'spooledCalls', count);
      await store.cleared(id, spool.id);
      if (count > 0)
        log.info({ op: 'erase', erasureId: id, count }, 'calls that were set aside in the spool are erased');
    }
  };
}
