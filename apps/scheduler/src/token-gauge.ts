import type { TokenState } from '@posthorn/channel';
import type { Metrics } from '@posthorn/runtime';
import type { LiveChannel } from '@posthorn/worker';

/**
 * When tokens end, looked up when Prometheus asks. Of more than `channelsMax` channels only the earliest end per provider is told,
 * or labels would have no bound.
 */
export function registerTokenGauge(
  metrics: Metrics,
  {
    channels,
    read,
    channelsMax = 200,
  }: {
    channels: () => readonly LiveChannel[];
    read: (channel: LiveChannel) => Promise<TokenState>;
    channelsMax?: number;
  },
): void {
  metrics.gauge({
    name: 'posthorn_token_expiry_timestamp_seconds',
    help: 'When the access token of a channel ends, in seconds since 1970; 0: it has none.',
    labelNames: ['provider', 'channel'],
    async collect() {
      this.reset();
      const all = channels();
      const earliest = new Map<string, { readonly labels: Record<string, string>; readonly seconds: number }>();
      for (const live of all) {
        const { id, provider } = live.channel;
        const labels = { provider, channel: all.length > channelsMax ? 'earliest' : id };
        const seconds = ((await read(live)).token?.expiresAtMs ?? 0) / 1_000;
        const key = `${provider} ${labels.channel}`;
        const known = earliest.get(key);
        if (known === undefined || seconds < known.seconds) earliest.set(key, { labels, seconds });
      }
      for (const { labels, seconds } of earliest.values()) this.set(labels, seconds);
    },
  });
}
