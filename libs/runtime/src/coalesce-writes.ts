import type { Redis } from 'ioredis';

/**
 * Sends all commands of one turn of the event loop in one write, without waiting for their answers: less CPU per command for
 * a process that answers many requests at once, more for one that only talks to Redis (measured: 60 → 44 µs, and 50 → 83 µs).
 * Works on plain and TLS sockets; after a reconnect it goes on with the new one.
 */
export function coalesceWrites(redis: Redis): Redis {
  const sendCommand = redis.sendCommand.bind(redis);
  const corked = new WeakSet<Redis['stream']>();

  redis.sendCommand = (command, stream) => {
    const socket: Redis['stream'] | undefined = redis.stream;
    // Only on a standing connection: what a socket buffers while connecting would be corked beyond its handshake.
    if (redis.status === 'ready' && socket !== undefined && !corked.has(socket)) {
      corked.add(socket);
      socket.cork();
      setImmediate(() => {
        corked.delete(socket);
        socket.uncork();
      });
    }
    return sendCommand(command, stream);
  };
  return redis;
}
