import type { ChannelRegistry } from '@posthorn/channel';
import type { ProviderId } from '@posthorn/message';
import type { QueueRef, Queues } from '@posthorn/queue';
import { createWorkerBeats, deadEventQueue, deadQueue, measureDepth, sendQueue, webhookQueue } from '@posthorn/queue';
import type { Clock, Metrics } from '@posthorn/runtime';
import { askAll, measureTogether } from './measure-together.ts';

/**
 * How full the queues are and how old their oldest job is, measured when Prometheus asks. They belong to the fleet, not to one
 * worker, so the scheduler tells them. More than `channelsMax` channels are summed per provider, or labels would have no bound.
 */
export function registerFleetGauges(
  metrics: Metrics,
  {
    queues,
    registry,
    clock,
    providers,
    channelsMax = 200,
  }: {
    queues: Queues;
    registry: Pick<ChannelRegistry, 'list'>;
    clock: Clock;
    providers: readonly ProviderId[];
    channelsMax?: number;
  },
): void {
  const look = measureTogether(
    async () => {
      const channels = registry.list();
      const refs: { readonly label: string; readonly ref: QueueRef }[] = [
        ...channels.map((channel) => ({
          label: channels.length > channelsMax ? `send.${channel.provider}` : sendQueue(channel).name,
          ref: sendQueue(channel),
        })),
        ...[...providers.flatMap((id) => [webhookQueue(id), deadQueue(id)]), deadEventQueue()].map((ref) => ({
          label: ref.name,
          ref,
        })),
      ];
      const depths = await askAll(refs, async ({ label, ref }) => ({
        label,
        ...(await measureDepth(queues, ref, clock.now())),
      }));
      for (const gauge of [messages, oldest]) gauge.reset();
      for (const [queue, some] of Map.groupBy(depths, ({ label }) => label)) {
        for (const { jobs } of some)
          for (const [state, count] of Object.entries(jobs)) messages.inc({ queue, state }, count);
        oldest.set({ queue }, Math.max(...some.map(({ oldestMs }) => oldestMs)) / 1_000);
      }
    },
    { clock },
  );
  const oldest = metrics.gauge({
    name: 'posthorn_queue_oldest_age_seconds',
    help: 'Age of the oldest job that could run now.',
    labelNames: ['queue'],
    collect: look,
  });
  const messages = metrics.gauge({
    name: 'posthorn_queue_messages',
    help: 'Jobs by queue and state. Followers in a conversation have no job.',
    labelNames: ['queue', 'state'],
    collect: look,
  });
  const beats = createWorkerBeats({ redis: queues.redis, now: clock.now });
  metrics.gauge({
    name: 'posthorn_channel_workers',
    help: 'Worker processes that serve a channel. Of more than 200 channels: the least of any, by provider.',
    labelNames: ['provider', 'channel'],
    async collect() {
      this.reset();
      const channels = registry.list();
      const leastByProvider = new Map<ProviderId, number>();
      for (const { id, provider } of channels) {
        const { running } = await beats.of(id);
        if (channels.length <= channelsMax) this.set({ provider, channel: id }, running);
        leastByProvider.set(provider, Math.min(leastByProvider.get(provider) ?? running, running));
      }
      if (channels.length <= channelsMax) return;
      for (const [provider, least] of leastByProvider) this.set({ provider, channel: '' }, least);
    },
  });
}
