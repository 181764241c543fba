import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { call } from '../fleet.ts';
import type { Rig } from './rig.ts';

const event = z.object({ type: z.string(), data: z.object({ message: z.object({ id: z.string() }) }) });

/** A company's system that is told of events. */
export interface Subscriber {
  /** Messages that it was told of under this type. */
  readonly told: (type: string) => ReadonlySet<string>;
  readonly posts: () => number;
  readonly close: () => Promise<void>;
}

/** Subscribes to events of these types and keeps which message each was about. */
export async function subscribe(rig: Rig, types: readonly string[]): Promise<Subscriber> {
  const toldByType = new Map<string, Set<string>>();
  let posts = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      posts += 1;
      const parsed = event.safeParse(JSON.parse(body));
      if (parsed.success) {
        const told = toldByType.get(parsed.data.type) ?? new Set();
        toldByType.set(parsed.data.type, told.add(parsed.data.data.message.id));
      }
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await call(
    `${rig.ingress.url()}/v1/subscriptions`,
    'POST',
    { url: `http://127.0.0.1:${port}/`, types, concurrency: 20, backlogMax: 100_000 },
    { authorization: `Bearer ${rig.apiKey}` },
  );
  return {
    told: (type) => toldByType.get(type) ?? new Set(),
    posts: () => posts,
    close: async () => {
      const closed = once(server, 'close');
      server.closeAllConnections();
      server.close();
      await closed;
    },
  };
}
