import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to Redis that can be cut, or that hangs: it takes what is said, and nothing comes back. */
export interface StallingProxy {
  readonly url: string;
  readonly set: (mode: 'open' | 'cut' | 'hang') => void;
  readonly close: () => Promise<void>;
}

/** Starts the proxy on loopback, open unless told otherwise. */
export async function startStallingProxy(target: string, first: 'open' | 'cut' = 'open'): Promise<StallingProxy> {
  const { hostname, port } = new URL(target);
  let mode: 'open' | 'cut' | 'hang' = first;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (mode === 'open') to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    set: (next) => {
      mode = next;
      // What hung has lost bytes: its connection is of no use any more.
      if (next !== 'hang') for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
