import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { WebhookCall, WebhookUpdate } from '../webhook.ts';

/** A provider's double in a process of its own, and an address of ours that it calls. */
export interface Double {
  /** Where it plays the provider. */
  readonly url: string;
  /** Where it finds us; another one after each `reset`, so that what is late reaches nobody. */
  readonly ourUrl: () => string;
  /** What it called since the last `reset`. */
  readonly calls: () => readonly WebhookCall[];
  /** What its calls tell, once that is enough. */
  readonly updatesUntil: (
    tell: (call: WebhookCall) => readonly WebhookUpdate[],
    enough: (updates: readonly WebhookUpdate[]) => boolean,
  ) => Promise<readonly WebhookUpdate[]>;
  /** Its control API. Throws unless it says yes. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<void>;
  /** It forgets everything, and so do we. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface DoubleOptions {
  /** The program that plays it. */
  readonly main: URL;
  /** Answers what is no webhook, like a file; returns whether it did. */
  readonly serve?: (method: string, url: URL, response: ServerResponse) => boolean;
}

const timing = { sentMs: 1, deliveredMs: 1, readMs: 1, batchWaitMs: 0, concurrency: 1 };
const listening = z.string().transform((line, context) => {
  try {
    return z.object({ url: z.url() }).parse(JSON.parse(line)).url;
  } catch {
    context.addIssue({ code: 'custom', message: 'expected a line of the log that says where it listens' });
    return z.NEVER;
  }
});

/**
 * The adapter and its double read the same documentation apart: what one says, the other must understand. The double runs as it does
 * for people, since no app imports another one.
 */
export async function startDouble({ main, serve = () => false }: DoubleOptions): Promise<Double> {
  const env = { ...process.env, POSTHORN_SANDBOX_PORT: '0', POSTHORN_SANDBOX_SEED: JSON.stringify({ timing }) };
  const child = spawn(process.execPath, [fileURLToPath(main)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    const said = listening.safeParse(line);
    if (!said.success) continue;
    url = said.data;
    break;
  }
  child.stdout.resume();

  let ourUrl = '';
  let calls: WebhookCall[] = [];
  let called = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const asked = new URL(request.url ?? '', ourUrl);
    // Null: a reset cut it off.
    const body = await buffer(request).catch(() => null);
    if (body === null || serve(request.method ?? '', asked, response)) return;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    calls.push({ url: asked.href, body, headers, query: Object.fromEntries(asked.searchParams) });
    response.writeHead(200).end();
    called.resolve();
    called = Promise.withResolvers();
  });
  const hangUp = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const control: Double['control'] = async (method, path, body) => {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const reply = await fetch(`${url}/_sandbox${path}`, { method, ...sent });
    if (!reply.ok) throw new Error(`the sandbox answered ${reply.status}: ${await reply.text()}`);
  };
  return {
    url,
    ourUrl: () => ourUrl,
    calls: () => calls,
    updatesUntil: async (tell, enough) => {
      for (;;) {
        const updates = calls.flatMap(tell);
        if (enough(updates)) return updates;
        await called.promise;
      }
    },
    control,
    reset: async () => {
      await hangUp();
      calls = [];
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      ourUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
      await control('DELETE', '');
    },
    close: async () => {
      await hangUp();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
