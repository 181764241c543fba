import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import type { Random } from '@posthorn/runtime';

/** What becomes of an answer on its way back. Requests always arrive. */
export interface ProxyFaults {
  /** Share of answers that are lost, and their connection with them. */
  readonly dropShare: number;
  /** Share of answers that come late, and how late. */
  readonly delayShare: number;
  readonly delayMs: number;
}

/** A TCP proxy that stands between two processes and misbehaves when told to. */
export interface TcpProxy {
  readonly port: number;
  readonly setFaults: (faults: ProxyFaults | null) => void;
  /** Nothing goes through any more in either direction, and nothing says so; what came meanwhile is lost. */
  readonly freeze: () => void;
  /** Cuts all connections, and leads new ones to another port. */
  readonly switchTo: (port: number) => void;
  readonly dropped: () => number;
  readonly delayed: () => number;
  readonly close: () => Promise<void>;
}

/** Leads a free port of loopback to `target`. Whole chunks are dropped or delayed: on loopback an answer of this size is one. */
export async function startTcpProxy(target: number, random: Random): Promise<TcpProxy> {
  let port = target;
  let faults: ProxyFaults | null = null;
  let frozen = false;
  let [dropped, delayed] = [0, 0];
  const sockets = new Set<Socket>();

  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ port, host: '127.0.0.1', noDelay: true });
    let lateUntil = 0;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    // What is late comes before the end.
    far.on('close', () => setTimeout(() => near.end(), Math.max(0, lateUntil - performance.now() + 1)));
    near.on('data', (chunk) => {
      if (!frozen) far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (frozen) return;
      const fate = faults === null ? 1 : random();
      if (faults !== null && fate < faults.dropShare) {
        dropped += 1;
        near.destroy();
        return;
      }
      if (faults !== null && fate < faults.dropShare + faults.delayShare) {
        delayed += 1;
        lateUntil = performance.now() + faults.delayMs;
      }
      const waitMs = lateUntil - performance.now();
      // What follows a late chunk is late, too: bytes keep their order.
      if (waitMs > 0) setTimeout(() => near.write(chunk), waitMs).unref();
      else near.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    setFaults: (next) => {
      faults = next;
    },
    freeze: () => {
      frozen = true;
    },
    switchTo: (next) => {
      port = next;
      frozen = false;
      cut();
    },
    dropped: () => dropped,
    delayed: () => delayed,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
