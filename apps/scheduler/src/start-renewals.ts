import type { ChannelRegistry } from '@posthorn/channel';
import type { ChannelId, ProviderId } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import type { JobEnd, Queues } from '@posthorn/queue';
import { consume, createPauses, planRenewal, tokenJobSchema, tokenQueue } from '@posthorn/queue';
import type { Log, Metrics, Own, RedisClient } from '@posthorn/runtime';
import { countCalls, every, createHttp, warnOf, systemClock, systemRandom } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import type { LiveChannel } from '@posthorn/worker';
import { connectChannels, createChannelTokens } from '@posthorn/worker';
import { registerTokenGauge } from './token-gauge.ts';

export interface RenewalsDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly registry: ChannelRegistry;
  readonly queues: Queues;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How often lost renewals are looked for. */
  readonly sweepMs: number;
}

const callTimeoutMs = 10_000;
const renewalsAtOnce = 20;
/** A process that dies in a renewal must not keep the next one waiting for long: tokens may live for minutes only. */
const lockMs = 5_000;

/**
 * Renews the tokens of all channels whose provider issues ones that expire: each renewal is a job on the queue `token`, due ahead of the
 * token's end, and plans the next one. A sweep plans again what was lost. Any number of schedulers may run: a job is taken
 * by one of them, and what is done twice all the same finds a fresh token.
 */
export function startRenewals(own: Own, deps: RenewalsDeps): { readonly callsUnderWay: () => number } {
  const { redis, registry, queues, log } = deps;
  const client = own(createHttp({ timeoutMs: callTimeoutMs }), async (open) => await open.close(), 'token calls');
  const calls = countCalls(client.http);
  const tokens = createChannelTokens({
    redis,
    sealer: deps.sealer,
    registry,
    pauses: createPauses({ redis, queues, clock: systemClock }),
    http: calls.http,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: deps.metrics,
  });
  let liveByProvider: ReadonlyMap<ProviderId, ReadonlyMap<ChannelId, LiveChannel>> = new Map();
  const channels = (): readonly LiveChannel[] => [...liveByProvider.values()].flatMap((live) => [...live.values()]);
  const liveOf = (id: ChannelId): LiveChannel | null =>
    [...liveByProvider.values()].flatMap((live) => live.get(id) ?? [])[0] ?? null;

  const plan = async (live: LiveChannel): Promise<void> => {
    const state = await tokens.store.read(live.channel.id);
    const dueAtMs = tokens.renewal.dueAtMs(live, state);
    if (dueAtMs === null) return;
    const { id, version } = live.channel;
    const input = { channelId: id, channelVersion: version, tokenVersion: state.version };
    await planRenewal(queues, input, dueAtMs - systemClock.now());
  };

  for (const provider of providers) {
    const stop = connectChannels(registry, provider, log).follow((all) => {
      const before = liveByProvider.get(provider.id);
      const live = new Map([...all].filter(([, { connected }]) => connected.tokens !== null));
      liveByProvider = new Map([...liveByProvider, [provider.id, live]]);
      // Channels that are new or changed need not wait for the sweep.
      for (const [id, one] of live) {
        if (before?.get(id)?.channel.version === one.channel.version) continue;
        plan(one).catch((error: unknown) =>
          warnOf(log, error, { channelId: id }, 'a renewal was not planned; the next sweep plans it'),
        );
      }
    });
    own(stop, (end) => end(), 'channels with tokens');
  }
  const sweep = async (): Promise<void> => {
    for (const live of channels()) await plan(live);
  };
  own(every(deps.sweepMs, sweep, { log, name: 'plan renewals' }), async (open) => await open.close(), 'renewal plans');

  own(
    consume(
      { redis, clock: systemClock, log },
      {
        queue: tokenQueue(),
        schema: tokenJobSchema,
        concurrency: renewalsAtOnce,
        lockMs,
        stalledIntervalMs: lockMs,
        process: async ({ channelId, tokenVersion }): Promise<JobEnd> => {
          const live = liveOf(channelId);
          if (live === null) return { kind: 'done' };
          const end = await tokens.renewal.renewIfDue(live);
          switch (end.kind) {
            case 'later':
              return end;
            case 'refused':
              return { kind: 'done' };
            case 'token':
              // Woken before its time by a clock that is ahead: planned again it would be this very job.
              if (end.token.version === tokenVersion)
                return { kind: 'later', afterMs: Math.max(1, end.token.dueAtMs - systemClock.now()) };
              await plan(live);
              return { kind: 'done' };
            default:
              return end satisfies never;
          }
        },
      },
    ),
    async (open) => await open.close(),
    'renewals under way',
  );
  registerTokenGauge(deps.metrics, { channels, read: async ({ channel }) => await tokens.store.read(channel.id) });
  return { callsUnderWay: calls.underWay };
}
