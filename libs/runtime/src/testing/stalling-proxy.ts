import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to Redis that can be cut, that hangs (what is said gets lost), or is mute (what is said arrives, and no answer comes back). */
export interface StallingProxy {
  readonly url: string;
  readonly set: (mode: Mode) => void;
  readonly close: () => Promise<void>;
}

type Mode = 'open' | 'cut' | 'hang' | 'mute';

/** Starts the proxy on loopback, open unless told otherwise. */
export async function startStallingProxy(target: string, first: 'open' | 'cut' = 'open'): Promise<StallingProxy> {
  const { hostname, port, pathname } = new URL(target);
  let mode: Mode = first;
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
        if (mode === 'open' || (mode === 'mute' && to === upstream)) to.write(bytes);
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
    url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}${pathname}`,
    set: (next) => {
      mode = next;
      // A connection that has lost bytes is of no use any more.
      if (next === 'open' || next === 'cut') for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
