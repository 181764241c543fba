import type { ChannelId } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';
import type { LiveChannel } from './connected-channels.ts';

interface Closable {
  readonly close: () => Promise<void>;
}

/** Keeps one consumer running per channel that is there, and none for one that is gone. */
export interface SendConsumers {
  readonly follow: (live: ReadonlyMap<ChannelId, LiveChannel>) => void;
  readonly close: () => Promise<void>;
}

/** `start` is called for each channel that appears, `change` when a known one has a new version. */
export function createSendConsumers(
  { start, change }: { start: (channel: LiveChannel) => Closable; change: (channel: LiveChannel) => Promise<void> },
  log: Log,
): SendConsumers {
  const running = new Map<ChannelId, { readonly consumer: Closable; version: number }>();
  const closing = new Set<Promise<void>>();
  const inBackground = (work: Promise<void>, channelId: ChannelId, what: string): void => {
    const done = work
      .catch((error: unknown) => log.error({ err: error, channelId }, what))
      .finally(() => closing.delete(done));
    closing.add(done);
  };
  return {
    follow: (live) => {
      for (const [id, each] of live) {
        const known = running.get(id);
        if (known?.version === each.channel.version) continue;
        inBackground(change(each), id, 'the pace of a channel could not be set; it is set again with its next change');
        if (known === undefined) running.set(id, { consumer: start(each), version: each.channel.version });
        else known.version = each.channel.version;
      }
      for (const [id, { consumer }] of running) {
        if (live.has(id)) continue;
        running.delete(id);
        inBackground(consumer.close(), id, 'the worker of a removed channel did not close');
      }
    },
    close: async () => {
      const consumers = [...running.values()].map(async ({ consumer }) => await consumer.close());
      running.clear();
      await Promise.all([...consumers, ...closing]);
    },
  };
}
