import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to Redis that can be cut, or on which what is asked arrives and no answer comes back. */
export interface RedisProxy {
  readonly url: string;
  readonly set: (mode: 'open' | 'cut' | 'mute') => void;
  readonly close: () => Promise<void>;
}

/** Starts the proxy on loopback, open. */
export async function startRedisProxy(target: string): Promise<RedisProxy> {
  const { hostname, port, pathname } = new URL(target);
  let mode: 'open' | 'cut' | 'mute' = 'open';
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined).on('close', () => sockets.delete(client));
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    sockets.add(upstream);
    upstream.on('error', () => undefined).on('close', () => sockets.delete(upstream));
    client.on('data', (bytes) => void upstream.write(bytes)).on('close', () => upstream.destroy());
    upstream.on('data', (bytes) => void (mode === 'open' && client.write(bytes))).on('close', () => client.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}${pathname}`,
    set: (next) => {
      mode = next;
      // After a pause without answers a connection has lost bytes: it is of no use any more.
      if (next !== 'mute') for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
