import { createServer } from 'node:http';
import { eventEnvelopeSchema, type EventEnvelope } from '@posthorn/message';

/** One call, as a receiver sees it. */
export interface ReceivedCall {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly event: EventEnvelope;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly afterMs?: number;
}

/** A subscriber's endpoint on loopback that answers as it is told. */
export interface Receiver {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** Resolves once `good` holds of the calls so far. */
  readonly until: (good: (calls: readonly ReceivedCall[]) => boolean) => Promise<readonly ReceivedCall[]>;
  readonly close: () => Promise<void>;
}

export async function startReceiver(
  answer: (call: ReceivedCall, at: number) => ReceiverAnswer = () => ({ status: 200 }),
): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const call = { headers: request.headers, body, event: eventEnvelopeSchema.parse(JSON.parse(body)) };
      calls.push(call);
      const { status, headers, afterMs = 0 } = answer(call, calls.length);
      setTimeout(() => response.writeHead(status, headers).end(`answer ${status}`), afterMs);
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return {
    url: `http://127.0.0.1:${address.port}/hooks`,
    calls,
    until: async (good) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (good(calls)) resolve();
      };
      waiting.add(look);
      look();
      await promise;
      waiting.delete(look);
      return calls;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
