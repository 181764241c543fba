import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type Client, type Content, type Message } from '@posthorn/client';
import { createSigningSecret, signedHeaders } from '@posthorn/forwarding';
import { sendRequestSchema } from '@posthorn/message';
import { systemClock } from '@posthorn/runtime';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';

const example = (name: string) => fileURLToPath(new URL(`../../../docs/examples/${name}`, import.meta.url));
const run = promisify(execFile);

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress.close());

describe('docs/examples, with @posthorn/client', () => {
  it('send.ts sends, and says why where it was refused', async () => {
    const env = { ...process.env, POSTHORN_URL: ingress.url, POSTHORN_API_KEY: ingress.key };
    const { stdout } = await run(
      process.execPath,
      [example('send.ts'), ingress.ours, '+15550300001', 'hello', ingress.ours],
      {
        env,
      },
    );
    expect(JSON.parse(stdout)).toEqual({ id: expect.stringContaining(`msg_${ingress.ours}_`), status: 'accepted' });
    const refused = run(process.execPath, [example('send.ts'), ingress.ours, '0815', 'hello', 'k'], { env });
    await expect(refused).rejects.toMatchObject({ stdout: expect.stringContaining('invalid_request') });
  });

  it('receive.ts takes what is signed, once, and nothing else', async () => {
    const secret = createSigningSecret();
    const program = spawn(process.execPath, [example('receive.ts')], {
      env: { ...process.env, POSTHORN_WEBHOOK_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => program.once('exit', resolve));
    try {
      const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
      const next = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));
      const { port } = Object(await next());
      const post = async (id: string, by = secret) => {
        const timestamp = new Date(systemClock.now()).toISOString();
        const body = JSON.stringify({ id, version: 1, type: 'message.sent', timestamp, data: {} });
        const headers = signedHeaders([by], { id, seconds: Math.floor(systemClock.now() / 1000), body });
        return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
      };
      expect(await post('evt_a_1-0', createSigningSecret())).toBe(401);
      expect([await post('evt_a_1-1'), await post('evt_a_1-1'), await post('evt_a_1-2')]).toEqual([204, 204, 204]);
      expect([await next(), await next()]).toEqual([
        { id: 'evt_a_1-1', type: 'message.sent' },
        { id: 'evt_a_1-2', type: 'message.sent' },
      ]);
    } finally {
      program.kill();
      await ended;
    }
  });
});

/** What each method calls. A method without its operation does not compile. */
const operationByMethod = {
  send: 'sendMessage',
  sendBatch: 'sendBatch',
  get: 'getMessage',
  cancel: 'cancelMessage',
  recipient: 'getRecipient',
} as const satisfies Record<keyof Client, string>;

/** `/v1/channels/*` stands for `/v1/channels` and what lies below. */
function isOf(path: string, told: string): boolean {
  const folder = told.endsWith('/*') ? told.slice(0, -2) : null;
  return path === (folder ?? told) || (folder !== null && path.startsWith(`${folder}/`));
}

describe('@posthorn/client beside the API description', () => {
  it('has a method for each route, or its README says that it has none', async () => {
    const readme = await readFile(new URL('../../../libs/client/README.md', import.meta.url), 'utf8');
    const without = readme
      .split('\n\n')
      .filter((paragraph) => paragraph.includes('no methods for'))
      .flatMap((paragraph) => [...paragraph.matchAll(/`(\/[^`]*)`/gu)].map(([, path = '']) => path));
    const document = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))) })
      .parse((await ingress.call('GET', '/openapi.json')).body);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map(({ operationId }) => ({ path, operationId })),
    );
    const named = new Set<string>(Object.values(operationByMethod));
    expect(operations.map(({ operationId }) => operationId)).toEqual(expect.arrayContaining([...named]));
    const untold = operations.filter(
      ({ path, operationId }) => !named.has(operationId) && !without.some((told) => isOf(path, told)),
    );
    expect(untold).toEqual([]);
  });

  it('has types of messages that posthorn takes, with every field that they have', () => {
    type Of<Type extends Content['type']> = Required<Extract<Content, { readonly type: Type }>>;
    const file = { url: 'https://example.com/a' };
    const text: Of<'text'> = { type: 'text', body: 'hi', previewUrl: true };
    const template: Of<'template'> = {
      type: 'template',
      name: 'n',
      language: 'en',
      category: 'utility',
      components: [],
    };
    const sources: Content[] = [
      { type: 'image', caption: 'c', ...file },
      { type: 'document', caption: 'c', filename: 'a.pdf', media: { id: 'med_01JD8T0Z5R4YV3W2X1Q0P9N8M7' } },
      { type: 'audio', object: { bucket: 'b', key: 'k' } },
      { type: 'sticker', providerMediaId: '1' },
    ];
    const rest: Required<Omit<Message, 'content' | 'ttlSeconds'>> = {
      channelId: 'c',
      to: '+15550001111',
      replyTo: 'msg_c_1',
      callbackData: 'd',
      priority: 'high',
      order: 'none',
      window: 'try',
      sendAt: '2026-11-24T16:00:00Z',
      expiresAt: '2026-11-25T16:00:00Z',
    };
    for (const content of [text, template, ...sources]) {
      expect(sendRequestSchema.safeParse({ ...rest, content })).toMatchObject({ success: true });
    }
  });

  it('reads the answers of every method', async () => {
    const client = createClient({ url: ingress.url, apiKey: ingress.key });
    const message: Message = { channelId: ingress.ours, to: '+15550300002', content: { type: 'text', body: 'hi' } };
    const { id } = await client.send(message);
    expect(await client.get(id)).toMatchObject({ id, status: 'accepted' });
    await client.cancel(id);
    const answers = await client.sendBatch([
      { ...message, idempotencyKey: randomUUID() },
      { ...message, to: '1' },
    ]);
    expect(answers).toMatchObject([{ status: 202 }, { problem: { errors: [{ pointer: '/messages/1/to' }] } }]);
    expect(await client.recipient(ingress.ours, message.to)).toMatchObject({ window: { open: false }, optedOut: null });
  });
});
