import type { ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { Clock, Log, Metrics, RedisClient } from '@posthorn/runtime';
import { createClaimMemory, type RememberedClaim } from './claim-memory.ts';

/** The run of Redis that the fleet knows. */
const runKey = 'posthorn:{run}:id';
/** What a worker remembers of its own: more than any Redis with an append-only file of every second loses. */
const keepMs = 10_000;
const rememberedMost = 20_000;
/** A claim refused for a quarantine asks why, but not each of thousands. */
const lookEveryMs = 500;
const atOnce = 200;

export interface ClaimGuardDeps {
  readonly redis: RedisClient;
  /** Which run of which server answers; null: it does not say. */
  readonly runId: () => Promise<string | null>;
  readonly ledger: Pick<Ledger, 'claim' | 'record' | 'restore' | 'quarantine'>;
  readonly registry: Pick<ChannelRegistry, 'list'>;
  /** How long no claim is granted after a restart or a fail-over, in ms: for workers to come back and to write back. */
  readonly quarantineMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The ledger's claim and record, guarded against a Redis that lost the last of them. */
export interface ClaimGuard extends Pick<Ledger, 'claim' | 'record'> {
  /** Looks whether Redis is still the one it was. To be awaited before the claim script is given to a server that does not know it. */
  readonly check: () => Promise<void>;
  readonly close: () => void;
}

/**
 * A Redis that was restarted, or a replica that took over, may lack the last second: claims among it, of messages that went out.
 * So its run id is compared on each connection, and whenever it does not know the claim script. When it changed, no claim of any channel
 * is granted for `quarantineMs`, and every worker writes back what it knows of its own claims and results of the last 10 s.
 * What a worker knew that died together with Redis is lost.
 */
export function createClaimGuard(deps: ClaimGuardDeps): ClaimGuard {
  const { redis, ledger, registry, quarantineMs, clock, log, metrics } = deps;
  const memory = createClaimMemory({ clock, keepMs, most: rememberedMost });
  const restored = metrics.counter({
    name: 'posthorn_claims_restored_total',
    help: 'Claims that Redis had lost in a restart or a fail-over, and that their worker wrote back.',
  });
  let seen: string | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;
  /** Null: claims may go. */
  let gate: PromiseWithResolvers<void> | null = Promise.withResolvers();

  function onClose(): void {
    gate ??= Promise.withResolvers();
  }
  function onReady(): void {
    // Not the look that is under way: that one may have asked the server before.
    const before = looking ?? Promise.resolve();
    before
      .catch(() => undefined)
      .then(check)
      .catch((error: unknown) => log.warn({ err: error }, 'Redis could not be asked who it is; it is asked again'));
  }
  redis.on('close', onClose).on('ready', onReady);
  if (redis.status === 'ready') onReady();

  async function check(): Promise<void> {
    looking ??= look().finally(() => {
      looking = null;
    });
    await looking;
  }

  async function look(): Promise<void> {
    lookedAtMs = clock.now();
    const runId = await deps.runId();
    const known = await redis.get(runKey);
    if (runId !== null && known !== null && known !== runId) {
      log.warn(
        { quarantineMs },
        'Redis was restarted, or another one took over: nothing is sent until all workers have told what they sent last',
      );
      if (quarantineMs > 0)
        await Promise.all(registry.list().map(async (channel) => ledger.quarantine(channel, quarantineMs)));
    }
    // After the quarantine: a worker that dies in between leaves the change to be seen by the next one.
    if (runId !== null && known !== runId) await redis.set(runKey, runId);
    if (seen !== null && seen !== runId) await writeBack();
    seen = runId;
    gate?.resolve();
    gate = null;
  }

  async function writeBack(): Promise<void> {
    const claims = memory.all();
    let count = 0;
    for (let at = 0; at < claims.length; at += atOnce) {
      const results = await Promise.all(claims.slice(at, at + atOnce).map(writeBackOne));
      count += results.filter(Boolean).length;
    }
    restored.inc(count);
    log.info({ claims: claims.length, restored: count }, 'claims of the last seconds are written back');
  }

  /** Whether Redis had lost something of it. */
  async function writeBackOne({ activation, token, attempt, result }: RememberedClaim): Promise<boolean> {
    const isOut = result?.disposition.kind === 'done';
    const { kind } = await ledger.restore(activation, { token, attempt, isOut });
    if (result !== null && (kind === 'open' || kind === 'evidence'))
      await ledger.record(activation, token, result.disposition, result.exchange);
    return kind === 'open' || kind === 'evidence';
  }

  return {
    claim: async (activation, ...rest) => {
      if (gate !== null) await gate.promise;
      const claim = await ledger.claim(activation, ...rest);
      if (claim.kind === 'go' || claim.kind === 'unreadable')
        memory.claimed({ activation, token: claim.token, attempt: claim.attempt });
      // Another worker saw what this one did not: its connection leads to a proxy that stood all the time.
      if (claim.kind === 'wait' && claim.quarantined === true && clock.now() - lookedAtMs > lookEveryMs) await check();
      return claim;
    },
    record: async (activation, token, disposition, exchange) => {
      memory.ended(token, { disposition, exchange });
      try {
        return await ledger.record(activation, token, disposition, exchange);
      } finally {
        memory.told(token);
      }
    },
    check,
    close: () => {
      redis.off('close', onClose).off('ready', onReady);
      gate?.resolve();
      gate = null;
    },
  };
}
