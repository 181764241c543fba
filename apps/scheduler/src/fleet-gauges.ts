import type { ChannelRegistry } from '@posthorn/channel';
import type { ProviderId } from '@posthorn/message';
import type { QueueRef, Queues } from '@posthorn/queue';
import { createWorkerBeats, deadEventQueue, deadQueue, measureDepth, sendQueue, webhookQueue } from '@posthorn/queue';
import type { Clock, Metrics } from '@posthorn/runtime';

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
    registry: ChannelRegistry;
    clock: Clock;
    providers: readonly ProviderId[];
    channelsMax?: number;
  },
): void {
  const oldest = metrics.gauge({
    name: 'posthorn_queue_oldest_age_seconds',
    help: 'Age of the oldest job that could run now.',
    labelNames: ['queue'],
  });
  metrics.gauge({
    name: 'posthorn_queue_messages',
    help: 'Jobs by queue and state. Followers in a conversation have no job.',
    labelNames: ['queue', 'state'],
    async collect() {
      this.reset();
      oldest.reset();
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
      const ages = new Map<string, number>();
      for (const { label, ref } of refs) {
        const { jobs, oldestMs } = await measureDepth(queues, ref, clock.now());
        for (const [state, count] of Object.entries(jobs)) this.inc({ queue: label, state }, count);
        ages.set(label, Math.max(ages.get(label) ?? 0, oldestMs));
      }
      for (const [queue, ageMs] of ages) oldest.set({ queue }, ageMs / 1_000);
    },
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
