import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import { laneSchema, type ProviderId } from '@posthorn/message';
import type { Queues } from '@posthorn/queue';
import { measureLaneAges, sendQueue } from '@posthorn/queue';
import type { Clock, Metrics } from '@posthorn/runtime';
import { askAll, measureTogether } from './measure-together.ts';

interface Deps {
  readonly queues: Queues;
  readonly registry: Pick<ChannelRegistry, 'list'>;
  readonly ledger: Pick<Ledger, 'held'>;
  readonly clock: Clock;
}

interface Condition {
  readonly channel: Channel;
  readonly paused: boolean;
  readonly ages: Awaited<ReturnType<typeof measureLaneAges>>;
  readonly held: number;
  readonly heldMs: number;
}

/** How long messages wait in each lane, what is held, and which channels are paused: per provider, so labels stay few. */
export function registerChannelGauges(metrics: Metrics, deps: Deps): void {
  const { registry } = deps;
  const look = measureTogether(async () => {
    const conditions = await askAll(registry.list(), async (channel) => await conditionOf(deps, channel));
    for (const gauge of [lanes, channels, held, heldAge]) gauge.reset();
    for (const [provider, some] of Map.groupBy(conditions, (each) => each.channel.provider)) show(provider, some);
  }, deps);

  const lanes = metrics.gauge({
    name: 'posthorn_lane_oldest_age_seconds',
    help: 'Age of the oldest job that could run now, by lane, of channels that are not paused.',
    labelNames: ['provider', 'lane'],
    collect: look,
  });
  const channels = metrics.gauge({
    name: 'posthorn_channels',
    help: 'Channels by state: running, or paused by whomever.',
    labelNames: ['provider', 'state'],
    collect: look,
  });
  const held = metrics.gauge({
    name: 'posthorn_held_messages',
    help: 'Messages of which nobody knows whether they went out.',
    labelNames: ['provider'],
    collect: look,
  });
  const heldAge = metrics.gauge({
    name: 'posthorn_held_oldest_age_seconds',
    help: 'For how long the oldest of them has been held; 0: there is none.',
    labelNames: ['provider'],
    collect: look,
  });

  function show(provider: ProviderId, conditions: readonly Condition[]): void {
    for (const lane of laneSchema.options) {
      const ages = conditions.map(({ paused, ages: of }) => (paused ? 0 : (of[lane] ?? 0)));
      lanes.set({ provider, lane }, Math.max(0, ...ages) / 1_000);
    }
    const paused = conditions.filter((each) => each.paused).length;
    channels.set({ provider, state: 'paused' }, paused);
    channels.set({ provider, state: 'running' }, conditions.length - paused);
    held.set(
      { provider },
      conditions.reduce((sum, each) => sum + each.held, 0),
    );
    heldAge.set({ provider }, Math.max(0, ...conditions.map(({ heldMs }) => heldMs)) / 1_000);
  }
}

async function conditionOf({ queues, ledger, clock }: Deps, channel: Channel): Promise<Condition> {
  const ref = sendQueue(channel);
  const [ages, paused, { total, messages }] = await Promise.all([
    measureLaneAges(queues, ref, clock.now()),
    queues.open(ref).isPaused(),
    ledger.held(channel, { from: 0, count: 1 }),
  ]);
  const since = messages[0]?.message.statusAt;
  return {
    channel,
    paused,
    ages,
    held: total,
    heldMs: since === undefined ? 0 : Math.max(0, clock.now() - since),
  };
}
