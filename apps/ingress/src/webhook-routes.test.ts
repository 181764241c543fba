import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';
import { readAnswer, type Answer } from './testing/test-answer.ts';
import { sign, verifyToken } from './testing/test-channels.ts';

let ingress: TestIngress;
beforeAll(async () => {
  ingress = await startTestIngress();
});
afterAll(() => ingress.close());

const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [] });

async function post(
  path: string,
  sent: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const bytes = new Uint8Array(Buffer.from(sent));
  return await readAnswer(await fetch(`${ingress.url}${path}`, { method: 'POST', headers, body: bytes }));
}
const hook = () => `/webhooks/whatsapp-cloud/${ingress.ours}`;

describe('a webhook', () => {
  it('is answered with 200 once it is stored, byte for byte', async () => {
    // No JSON, and no text either: what it means is found out later.
    const odd = Buffer.from([0x7b, 0xff, 0x00, 0x20, 0x0a]);
    const answer = await post(`${hook()}?a=1&b=x%20y`, odd, { ...sign(odd), 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    const { call, ...rest } = ingress.stored.at(-1) ?? {};
    expect(rest).toMatchObject({
      provider: 'whatsapp-cloud',
      channelId: ingress.ours,
      receivedAtMs: expect.any(Number),
      traceparent: null,
    });
    expect(Buffer.from(call?.body ?? []).equals(odd)).toBe(true);
    expect(call?.query).toEqual({ a: '1', b: 'x y' });
    expect(call?.headers['x-hub-signature-256']).toMatch(/^sha256=/u);
  });

  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', undefined])(
    'may come as %j',
    async (type) => {
      expect(
        (await post(hook(), body, { ...sign(body), ...(type !== undefined && { 'content-type': type }) })).status,
      ).toBe(200);
    },
  );

  it('may be 3 MB large', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    expect((await post(hook(), large, sign(large))).status).toBe(200);
    expect(ingress.stored.at(-1)?.call.body.byteLength).toBe(large.byteLength);
  });

  it('may not be larger than 4 MiB', async () => {
    const large = Buffer.alloc(4 * 1024 * 1024 + 1, 'x');
    const before = ingress.stored.length;
    expect(await post(hook(), large, sign(large))).toMatchObject({ status: 413, body: { code: 'too_large' } });
    expect(ingress.stored).toHaveLength(before);
  });

  it('answers alike, byte for byte, whatever is wrong with the proof or the address', async () => {
    const before = ingress.stored.length;
    const answers = [
      await post(hook(), body),
      await post(hook(), body, sign(body, 'another secret')),
      await post(hook(), `${body} `, sign(body)),
      await post(hook(), body, { 'x-hub-signature-256': 'sha256=' }),
      await post(`/webhooks/whatsapp-cloud/nobody`, body, sign(body)),
      await post(`/webhooks/whatsapp-cloud/a%2Fb`, body, sign(body)),
      await post(`/webhooks/another/${ingress.ours}`, body, sign(body)),
    ];
    const seen = answers.map(({ status, text, headers }) => [status, text, [...headers.keys()].join()]);
    expect(new Set(seen.map(String)).size).toBe(1);
    expect(seen[0]?.[0]).toBe(401);
    expect(ingress.stored).toHaveLength(before);
  });

  it('counts what it takes and refuses', async () => {
    const text = await ingress.metricsText();
    expect(text).toMatch(/posthorn_webhooks_received_total\{provider="whatsapp-cloud"\} \d/u);
    expect(text).toMatch(/posthorn_webhooks_rejected_total\{provider="whatsapp-cloud",reason="wrong_proof"\} 4/u);
    expect(text).toMatch(/posthorn_webhooks_rejected_total\{provider="unknown",reason="unknown_channel"\} 1/u);
  });

  it('is not answered with 200 when it could not be stored', async () => {
    const away = await startTestIngress({
      deps: {
        intake: {
          store: async () => Promise.reject(new Error('Connection is closed.')),
          storeUnverified: async () => false,
        },
      },
    });
    try {
      const answer = await readAnswer(
        await fetch(`${away.url}/webhooks/whatsapp-cloud/${away.ours}`, { method: 'POST', headers: sign(body), body }),
      );
      expect(answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(await away.metricsText()).toContain('reason="not_stored"} 1');
    } finally {
      await away.close();
    }
  });
});

describe('the handshake', () => {
  const shake = async (query: string, path = hook()): Promise<Answer> =>
    await readAnswer(await fetch(`${ingress.url}${path}?${query}`));
  const good = `hub.mode=subscribe&hub.verify_token=${verifyToken}&hub.challenge=1158201444`;

  it('is answered with the challenge as plain text', async () => {
    const answer = await shake(good);
    expect(answer).toMatchObject({ status: 200, text: '1158201444' });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is refused alike, whatever is wrong', async () => {
    const answers = [
      await shake(''),
      await shake(good.replace(verifyToken, 'guess')),
      await shake(`${good}&hub.verify_token=${verifyToken}`),
      await shake(good, '/webhooks/whatsapp-cloud/nobody'),
      await shake(good, `/webhooks/another/${ingress.ours}`),
    ];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(403);
  });
});
