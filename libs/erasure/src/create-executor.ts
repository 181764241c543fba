import { removedChannels, type Audit } from '@posthorn/channel-admin';
import type { ChannelRegistry } from '@posthorn/channel';
import type { ChannelRef } from '@posthorn/ledger';
import type { TenantId } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';
import { createEraser } from './create-eraser.ts';
import { places, type Erasure } from './erasure.ts';
import type { EraserDeps } from './task.ts';

export interface ExecutorDeps extends EraserDeps {
  readonly registry: Pick<ChannelRegistry, 'list' | 'refresh'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly log: Log;
  /** Names this process, for the lock. */
  readonly holder: string;
}

const lockMs = 30_000;
const againLeastMs = 500;
const againMostMs = 60_000;
/** A look at a large installation takes a while: most of the time goes to others. */
const restFactor = 5;

/**
 * Returns a tick: each erasure that is due is looked at once more, until it waits for nothing. Whatever a crash leaves, the next tick of
 * any scheduler goes on with.
 */
export function createErasureExecutor(deps: ExecutorDeps): (signal: AbortSignal) => Promise<void> {
  const { store, registry, redis, audit, log, holder } = deps;
  const look = createEraser(deps);

  async function channelsOf(tenantId: TenantId): Promise<ReadonlyMap<string, ChannelRef>> {
    await registry.refresh();
    const live = registry.list().filter((channel) => channel.tenantId === tenantId);
    const gone = await removedChannels(redis, tenantId);
    return new Map([...gone, ...live].map((channel): [string, ChannelRef] => [channel.id, channel]));
  }

  async function step(erasure: Erasure): Promise<void> {
    const { id, tenantId, by, dryRun, startedAt } = erasure;
    const given = await store.addresses(id);
    if (given === null) {
      log.error(
        { op: 'erase', erasureId: id },
        'an erasure cannot go on: the key its address was sealed with is not in POSTHORN_SEALING_KEYS; add that key back',
      );
      return;
    }
    const beganAt = performance.now();
    const { waitsFor, addresses } = await look(erasure, given, await channelsOf(tenantId));
    const tookMs = performance.now() - beganAt;
    const now = await store.now();
    if (Object.values(waitsFor).some((count) => count > 0)) {
      const waitMs = Math.min(againMostMs, Math.max(againLeastMs, tookMs * restFactor));
      await store.save({ ...erasure, waitsFor, nextAt: now + Math.ceil(waitMs) });
      return;
    }
    const counts = (await store.read(id))?.counts;
    const told = places.filter((place) => (counts?.[place] ?? 0) > 0).map((place) => `${place} ${counts?.[place]}`);
    // The entry first: who dies in between writes it twice rather than never.
    await audit.record({
      by,
      action: 'recipient.erased',
      tenantId,
      channelId: null,
      changed: [id],
      result: `${dryRun ? 'counted' : 'done'}: ${told.length === 0 ? 'nothing was there' : told.join(', ')}`,
    });
    await store.end({ ...erasure, waitsFor, endedAt: now }, addresses);
    log.info(
      { op: 'erase', erasureId: id, tenantId, dryRun, counts, durationMs: now - startedAt },
      'a person was erased',
    );
  }

  return async (signal) => {
    const open = await store.open();
    if (open.length === 0) return;
    const now = await store.now();
    const due = open.filter(({ nextAt }) => nextAt <= now);
    if (due.length === 0 || !(await store.lock(holder, lockMs))) return;
    const holding = setInterval(() => void store.lock(holder, lockMs).catch(() => false), lockMs / 3);
    try {
      for (const { counts: _counts, ...erasure } of due) if (!signal.aborted) await step(erasure);
    } finally {
      clearInterval(holding);
      await store.unlock(holder);
    }
  };
}
