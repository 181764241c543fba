import type { ChannelId } from '@posthorn/message';
import { createShare, processesFor, type Share } from '@posthorn/placement';
import { systemClock, type Own } from '@posthorn/runtime';
import { paceOf, type LiveChannel } from './connected-channels.ts';
import type { SendConsumers } from './send-consumers.ts';
import { startBeats } from './start-beats.ts';
import type { WorkerParts } from './worker-parts.ts';

/** Sends for this process' share of the provider's channels, and tells which they are. Gives to `own` what is to be closed. */
export async function serveShare(own: Own, parts: WorkerParts, sending: SendConsumers): Promise<Share<ChannelId>> {
  const { redis, registry, channels, provider, config, told, log } = parts;
  let live: ReadonlyMap<ChannelId, LiveChannel> = new Map();
  const share = own(
    await createShare<ChannelId>({
      redis,
      group: `worker.${provider.id}`,
      refresh: registry.refresh,
      serve: (mine) => {
        sending.follow(new Map([...live].filter(([id]) => mine.has(id))));
        beats.serve(mine);
        told.served.set({ provider: provider.id }, mine.size);
      },
      clock: systemClock,
      log,
    }),
    async (open) => await open.leave(),
    'share of the channels',
  );
  const beats = own(startBeats(parts, share.process), async (open) => await open.close(), 'signs of life');
  const count = (each: LiveChannel): number =>
    processesFor({
      pacePerSecond: paceOf(each),
      concurrency: config.POSTHORN_SEND_CONCURRENCY,
      least: config.POSTHORN_QUEUE_PROCESSES,
    });
  own(
    channels.follow((there) => {
      live = there;
      share.offer(new Map([...there].map(([id, each]) => [id, count(each)])));
    }),
    (stop) => stop(),
    'channels',
  );
  return share;
}
