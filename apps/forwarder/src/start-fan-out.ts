import type { ChannelRegistry } from '@posthorn/channel';
import { listenForEvents, type Outbox } from '@posthorn/ledger';
import type { EventBacklog } from '@posthorn/queue';
import { every, type Log, type Own, type RedisClient } from '@posthorn/runtime';
import type { SubscriptionRegistry } from '@posthorn/subscription';
import { createCatchUp } from './catch-up.ts';
import { createFanOut } from './fan-out.ts';
import type { ForwarderMetrics } from './forwarder-metrics.ts';

export interface StartFanOutDeps {
  readonly outbox: Outbox;
  readonly backlog: EventBacklog;
  readonly subscriptions: SubscriptionRegistry;
  readonly channels: ChannelRegistry;
  /** A connection of its own, on which writers call. */
  readonly callsRedis: RedisClient;
  readonly told: Pick<ForwarderMetrics, 'missed' | 'outboxAge'>;
  readonly log: Log;
  /** How often events are looked for that nobody called for. */
  readonly sweepMs: number;
}

/** From the channels' logs to the queues of subscribers: when a writer calls, by sweeps, and for those that were behind. */
export async function startFanOut(own: Own, deps: StartFanOutDeps): Promise<void> {
  const { outbox, backlog, subscriptions, channels, told, log, sweepMs } = deps;
  const onMissed = (): void => told.missed.inc();
  const catchUp = createCatchUp({ outbox, backlog, subscriptions, channels, log, onMissed });
  const fanOut = own(
    createFanOut({ outbox, backlog, subscriptions, channels, log, onMissed, onBehind: catchUp.isBehind }),
    async (open) => await open.close(),
    'fan-out',
  );
  own(await listenForEvents(deps.callsRedis, fanOut.call), (open) => open.close(), 'calls of writers');
  const sweep = async (): Promise<void> => {
    told.outboxAge.set((await fanOut.sweep()) / 1_000);
    await catchUp.look();
  };
  own(every(sweepMs, sweep, { log, name: 'outbox sweep' }), async (open) => await open.close(), 'sweep');
  own(
    every(Math.min(1_000, sweepMs), catchUp.turn, { log, name: 'catch up' }),
    async (open) => await open.close(),
    'catching up',
  );
}
