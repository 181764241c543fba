import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createSigningSecret, signedHeaders } from '@posthorn/forwarding';
import type { OpenForwarding } from './testing/open-forwarding.ts';
import { openForwarding } from './testing/open-forwarding.ts';

const program = fileURLToPath(new URL('../../../docs/examples/receiver.py', import.meta.url));
const whyNot = ': python3 of 3.9 or later is not here';
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
let receiver: ChildProcess | undefined;
let open: OpenForwarding | undefined;

afterAll(async () => {
  await open?.close();
  if (receiver === undefined) return;
  receiver.kill();
  await once(receiver, 'exit');
});

(hasPython ? describe : describe.skip)(
  `a receiver in Python, by the documentation alone${hasPython ? '' : whyNot}`,
  () => {
    it('takes our events, and nobody else’s', async () => {
      const secret = createSigningSecret();
      const child = spawn('python3', [program, secret, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
      receiver = child;
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const port = String((await lines.next()).value).replace('listening on ', '');
      const url = `http://127.0.0.1:${port}/hooks`;

      const event = { id: 'evt_1', seconds: Math.floor(Date.now() / 1_000), body: '{"id":"evt_1","type":"a.b"}' };
      const post = async (headers: Readonly<Record<string, string>>, body = event.body): Promise<number> =>
        (await fetch(url, { method: 'POST', headers, body })).status;
      expect(await post(signedHeaders([createSigningSecret()], event))).toBe(401);
      expect(await post(signedHeaders([secret], event), `${event.body} `)).toBe(401);
      expect(await post(signedHeaders([secret], { ...event, seconds: event.seconds - 301 }))).toBe(401);
      expect(await post({})).toBe(401);

      open = await openForwarding();
      await open.start();
      // While it is rotated, the receiver still has the old one.
      const secrets = [createSigningSecret(), secret].map((each, at) => ({
        secret: each,
        untilMs: at === 0 ? null : Date.now() + 60_000,
      }));
      await open.subscribe(url, { secrets });
      await open.accept(open.channel);
      expect(String((await lines.next()).value)).toMatch(new RegExp(`^message.accepted evt_${open.channel.id}_`, 'u'));
    });
  },
);
