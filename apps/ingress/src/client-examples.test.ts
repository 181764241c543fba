import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSigningSecret, signedHeaders } from '@posthorn/forwarding';
import { systemClock } from '@posthorn/runtime';
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
