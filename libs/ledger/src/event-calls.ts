import { channelIdSchema, type ChannelId } from '@posthorn/message';
import type { RedisClient } from '@posthorn/runtime';
import { eventsCalled } from './outbox.ts';

/**
 * Hears the calls of scripts that wrote events. It needs a connection of its own, in subscriber mode. A call can be lost (Redis is away, the
 * connection breaks), so whoever listens also looks by itself now and then.
 */
export async function listenForEvents(
  subscriber: RedisClient,
  listener: (channelId: ChannelId) => void,
): Promise<{ readonly close: () => Promise<void> }> {
  const hear = (_name: string, text: string): void => {
    const id = channelIdSchema.safeParse(text);
    if (id.success) listener(id.data);
  };
  subscriber.on('message', hear);
  await subscriber.subscribe(eventsCalled);
  return {
    close: async () => {
      subscriber.off('message', hear);
      if (subscriber.status === 'ready') await subscriber.unsubscribe(eventsCalled).catch(() => undefined);
    },
  };
}
