import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './connect-redis.ts';

/**
 * Sends in one write what one callback of the event loop, and the promises that follow from it, ask of Redis: a reply that
 * settles twenty commands is followed by twenty more. Nothing waits for it. Works on plain and TLS sockets; after a reconnect
 * it goes on with the new one. Of a cluster: one write to each node.
 */
export function coalesceWrites<Client extends RedisClient>(redis: Client): Client {
  if (redis instanceof Cluster) {
    for (const node of redis.nodes()) coalesceWritesTo(node);
    redis.on('+node', coalesceWritesTo);
  } else coalesceWritesTo(redis);
  return redis;
}

function coalesceWritesTo(redis: Redis): void {
  const sendCommand = redis.sendCommand.bind(redis);
  const corked = new WeakSet<Redis['stream']>();

  redis.sendCommand = (command, stream) => {
    const socket: Redis['stream'] | undefined = redis.stream;
    // Only on a standing connection: what a socket buffers while connecting would be corked beyond its handshake.
    if (redis.status === 'ready' && socket !== undefined && !corked.has(socket)) {
      corked.add(socket);
      socket.cork();
      // A microtask runs among the promises, what it puts off until the next tick runs after all of them.
      queueMicrotask(() =>
        process.nextTick(() => {
          corked.delete(socket);
          socket.uncork();
        }),
      );
    }
    return sendCommand(command, stream);
  };
}
