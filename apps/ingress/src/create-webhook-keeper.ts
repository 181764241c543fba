import type { ChannelRegistry } from '@posthorn/channel';
import { isRedisAway, type Log, type Metrics, type RedisMemory } from '@posthorn/runtime';
import { startReplay, type Delivery, type Replay, type Spool } from '@posthorn/spool';
import type { UnverifiedCall, VerifiedCall, WebhookInbox } from './ingress-deps.ts';
import { packCall, unpackCall, type SpooledCall } from './spooled-call.ts';
import { verifies, type WebhookTargets } from './webhook-targets.ts';

export interface WebhookKeeperDeps {
  /** Redis. */
  readonly store: (call: VerifiedCall) => Promise<void>;
  readonly spool: Spool;
  readonly memory: Pick<RedisMemory, 'refusesWebhooks'>;
  readonly channels: Pick<ChannelRegistry, 'isLoaded'>;
  readonly targets: WebhookTargets;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Calls that nobody could check may take so much of the spool: strangers must not fill it for the others. */
const unverifiedPart = 0.5;

/**
 * Keeps webhooks in Redis, or on local disk while Redis takes none, and brings those over in the order they came. While some wait, new
 * ones go behind them: so each copy of ingress hands over its calls in their order, across an outage too.
 */
export function createWebhookKeeper(deps: WebhookKeeperDeps): {
  readonly inbox: WebhookInbox;
  readonly close: () => Promise<void>;
} {
  const { store, spool, memory, channels, targets, metrics, log } = deps;
  const told = createSpoolMetrics(metrics, spool);

  async function keepOnDisk(spooled: SpooledCall): Promise<boolean> {
    const result = await spool.append(packCall(spooled));
    if (result === 'full') return false;
    told.spooled.inc({ kind: spooled.kind });
    replay.wake();
    return true;
  }

  async function deliver(payload: Buffer): Promise<Delivery> {
    if (memory.refusesWebhooks()) return { kind: 'away' };
    const spooled = unpackCall(payload);
    const call = spooled.kind === 'verified' ? spooled : check(spooled);
    if (call === 'later') return { kind: 'away' };
    if (call === 'refused') return { kind: 'done' };
    try {
      await store(call);
      return { kind: 'done' };
    } catch (error) {
      if (isRedisAway(error)) return { kind: 'away' };
      throw error;
    }
  }

  /** The proof of a call that came before the channels were known. */
  function check({ route, params, ...rest }: UnverifiedCall): VerifiedCall | 'later' | 'refused' {
    if (!channels.isLoaded()) return 'later';
    const { provider, target } = targets.find({ route, params, query: rest.call.query });
    if (verifies(target, rest.call))
      return { ...rest, provider: target.channel.provider, channelId: target.channel.id };
    const reason = target === null ? 'unknown_channel' : 'wrong_proof';
    told.refused.inc({ reason });
    log.info(
      { op: 'replayWebhook', provider: target === null ? 'unknown' : provider, code: reason },
      'a spooled webhook was refused',
    );
    return 'refused';
  }

  const replay: Replay = startReplay({
    spool,
    deliver,
    log,
    setAside: (count) => told.setAside.inc(count),
  });

  return {
    inbox: {
      store: async (call) => {
        const goesBehind = spool.state().entries > 0 || memory.refusesWebhooks();
        if (goesBehind && (await keepOnDisk({ kind: 'verified', ...call }).catch(() => false))) return 'spooled';
        try {
          await store(call);
          return 'stored';
        } catch (error) {
          if (goesBehind || !isRedisAway(error) || !(await keepOnDisk({ kind: 'verified', ...call }))) throw error;
          return 'spooled';
        }
      },
      storeUnverified: async (call) => {
        const { bytes, bytesMax } = spool.state();
        return bytes < bytesMax * unverifiedPart && (await keepOnDisk({ kind: 'unverified', ...call }));
      },
    },
    close: async () => {
      await replay.close();
      await spool.close();
    },
  };
}

function createSpoolMetrics(metrics: Metrics, spool: Spool) {
  const gauges = [
    ['posthorn_spool_bytes', 'Bytes of webhook calls on local disk, with those set aside.', () => spool.state().bytes],
    [
      'posthorn_spool_bytes_max',
      'The bound of posthorn_spool_bytes; then webhooks get 503.',
      () => spool.state().bytesMax,
    ],
    ['posthorn_spool_entries', 'Webhook calls on local disk that wait for Redis.', () => spool.state().entries],
    ['posthorn_spool_oldest_age_seconds', 'Age of the oldest of them; 0: there is none.', oldestAgeSeconds],
  ] as const;
  function oldestAgeSeconds(): number {
    const { oldestAgeMs } = spool.state();
    return (oldestAgeMs ?? 0) / 1000;
  }
  for (const [name, help, read] of gauges) {
    metrics.gauge({
      name,
      help,
      collect() {
        this.set(read());
      },
    });
  }
  return {
    spooled: metrics.counter({
      name: 'posthorn_webhooks_spooled_total',
      help: 'Webhook calls kept on local disk because Redis took none; unverified: their channel was not known yet.',
      labelNames: ['kind'],
    }),
    refused: metrics.counter({
      name: 'posthorn_spool_refused_total',
      help: 'Spooled calls dropped at their replay, because they do not prove where they come from.',
      labelNames: ['reason'],
    }),
    setAside: metrics.counter({
      name: 'posthorn_spool_set_aside_total',
      help: 'Spooled calls that could not be delivered again and again; they lie under set-aside in the spool.',
    }),
  };
}
