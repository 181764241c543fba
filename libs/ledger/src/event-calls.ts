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
): Promise<{ readonly close: () => void }> {
  const hear = (_name: string, text: string): void => {
    const id = channelIdSchema.safeParse(text);
    if (id.success) listener(id.data);
  };
  subscriber.on('message', hear);
  await subscriber.subscribe(eventsCalled);
  return {
    close: () => {
      subscriber.off('message', hear);
      // Without waiting for an answer, which does not come from a Redis that hangs: whoever opened the connection closes it.
      if (subscriber.status === 'ready') subscriber.unsubscribe(eventsCalled).catch(() => undefined);
    },
  };
}
