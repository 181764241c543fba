import type { Activation, ChannelRef, Ledger } from '@posthorn/ledger';
import type { ChannelId } from '@posthorn/message';
import { warnOf, type Clock, type Log, type Metrics, type RedisClient, type ServerFence } from '@posthorn/runtime';
import { Cluster } from 'ioredis';
import { createClaimMemory, type RememberedClaim } from './claim-memory.ts';

/** What a worker remembers of its own: more than any Redis with an append-only file of every second loses. */
const keepMs = 10_000;
const rememberedMost = 20_000;
/** A claim refused for a quarantine asks why, but not each of thousands. */
const lookEveryMs = 500;
/** The channels of one server are looked at one after the other, each with its next claim. */
const tellAgainMs = 5_000;
const atOnce = 200;

export interface ClaimGuardDeps {
  readonly redis: RedisClient;
  readonly ledger: Pick<Ledger, 'claim' | 'record' | 'restore' | 'lookAtServer'>;
  /** How long no claim is granted after a restart or a fail-over, in ms: for workers to come back and to write back. */
  readonly quarantineMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The ledger's claim and record, guarded against a Redis that lost the last of them. */
export interface ClaimGuard extends Pick<Ledger, 'claim' | 'record'> {
  /** For the ledger's claim script: where a server has not been looked at since it began to run, claims cannot get. */
  readonly fenceOf: (channel: ChannelRef) => ServerFence;
  readonly close: () => void;
}

/** What is known of the server that keeps a channel. */
interface Seen {
  readonly runId: string;
  readonly atMs: number;
}

/**
 * A Redis that was restarted, or a replica that took over, may lack the last second: claims among it, of messages that went out.
 * So claims are fenced (`ServerFence`): on a server whose run this worker has not looked at, they are refused. Whoever looks first sets the
 * quarantine of the channel; every worker that finds another run writes back what it knows of its own claims and results of the last 10 s,
 * and looks by itself when a connection is a new one. It goes by the channel, because the shards of a cluster fail each by itself.
 * What a worker knew that died together with Redis is lost.
 */
export function createClaimGuard(deps: ClaimGuardDeps): ClaimGuard {
  const { redis, ledger, quarantineMs, clock, log, metrics } = deps;
  const memory = createClaimMemory({ clock, keepMs, most: rememberedMost });
  const restored = metrics.counter({
    name: 'posthorn_claims_restored_total',
    help: 'Claims that Redis had lost in a restart or a fail-over, and that their worker wrote back.',
  });
  const seenByChannel = new Map<ChannelId, Seen>();
  const looksByChannel = new Map<ChannelId, { readonly running: Promise<string>; next?: Promise<string> }>();
  let toldAtMs = Number.NEGATIVE_INFINITY;

  /** Without claims of the last seconds there is nothing to write back; other channels are looked at with their next claim. */
  function lookAtRemembered(): void {
    const channels = new Map(memory.all().map(({ activation }) => [activation.channel.id, activation.channel]));
    for (const channel of channels.values())
      look(channel).catch((error: unknown) =>
        warnOf(log, error, {}, 'Redis could not be asked who it is; it is asked again'),
      );
  }
  const stopListening = onNewConnection(redis, lookAtRemembered);

  async function look(channel: ChannelRef): Promise<string> {
    const underWay = looksByChannel.get(channel.id);
    if (underWay !== undefined) {
      // That one may have asked the server before: the answer is that of the next one, which all who come meanwhile share.
      underWay.next ??= underWay.running.then(ignore, ignore).then(async () => await look(channel));
      return await underWay.next;
    }
    const running = lookNow(channel).finally(() => looksByChannel.delete(channel.id));
    looksByChannel.set(channel.id, { running });
    return await running;
  }

  async function lookNow(channel: ChannelRef): Promise<string> {
    const { runId, hasChanged } = await ledger.lookAtServer(channel, quarantineMs);
    if (hasChanged) tellChange();
    const seen = seenByChannel.get(channel.id);
    if (seen !== undefined && seen.runId !== runId) await writeBack(channel);
    seenByChannel.set(channel.id, { runId, atMs: clock.now() });
    return runId;
  }

  /** Once, however many channels lie there. */
  function tellChange(): void {
    if (clock.now() - toldAtMs < Math.max(quarantineMs, tellAgainMs)) return;
    toldAtMs = clock.now();
    const found = 'Redis was restarted, or another one took over';
    if (quarantineMs === 0) log.info(`${found}: sending goes on at once, as POSTHORN_QUARANTINE_MS says`);
    else
      log.warn(
        { quarantineMs },
        `${found}: nothing is sent from there until all workers have told what they sent last`,
      );
  }

  async function writeBack(channel: ChannelRef): Promise<void> {
    const claims = memory.all().filter(({ activation }) => activation.channel.id === channel.id);
    let count = 0;
    for (let at = 0; at < claims.length; at += atOnce) {
      const results = await Promise.all(claims.slice(at, at + atOnce).map(writeBackOne));
      count += results.filter(Boolean).length;
    }
    restored.inc(count);
    if (claims.length > 0)
      log.info(
        { channelId: channel.id, claims: claims.length, restored: count },
        'claims of the last seconds are written back',
      );
  }

  /** Whether Redis had lost something of it. */
  async function writeBackOne({ activation, token, attempt, result }: RememberedClaim): Promise<boolean> {
    const isOut = result?.disposition.kind === 'done';
    const { kind } = await ledger.restore(activation, { token, attempt, isOut });
    if (result !== null && (kind === 'open' || kind === 'evidence'))
      await ledger.record(activation, token, result.disposition, result.exchange);
    return kind === 'open' || kind === 'evidence';
  }

  /** Another worker saw what this one did not: its connection leads to a proxy that stood all the time. */
  async function askWhy({ channel }: Activation): Promise<void> {
    const seen = seenByChannel.get(channel.id);
    if (seen === undefined || clock.now() - seen.atMs > lookEveryMs) await look(channel);
  }

  return {
    fenceOf: (channel) => ({
      known: () => seenByChannel.get(channel.id)?.runId ?? null,
      look: async () => await look(channel),
    }),
    claim: async (activation, ...rest) => {
      const claim = await ledger.claim(activation, ...rest);
      if (claim.kind === 'go' || claim.kind === 'unreadable')
        memory.claimed({ activation, token: claim.token, attempt: claim.attempt });
      if (claim.kind === 'wait' && claim.quarantined === true) await askWhy(activation);
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
    close: stopListening,
  };
}

function ignore(): void {
  // How it ended is for those who waited for it.
}

/** Of a cluster: to any of its nodes. */
function onNewConnection(redis: RedisClient, listener: () => void): () => void {
  if (redis instanceof Cluster) {
    redis.on('ready', listener).on('+node', listener).on('-node', listener);
    return () => redis.off('ready', listener).off('+node', listener).off('-node', listener);
  }
  redis.on('ready', listener);
  return () => redis.off('ready', listener);
}
