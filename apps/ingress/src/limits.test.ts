import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAccess, createTenants } from '@posthorn/access';
import { systemClock } from '@posthorn/runtime';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';

const open: TestIngress[] = [];
afterEach(async () => {
  for (const ingress of open.splice(0)) await ingress.close();
});

async function start(options?: Parameters<typeof startTestIngress>[0]): Promise<TestIngress> {
  const ingress = await startTestIngress(options);
  open.push(ingress);
  return ingress;
}

/** A tenant of its own: limits lie in Redis, and other tests use the same. */
async function limited(messages: number) {
  const tenantId = `limited-${randomUUID()}`;
  const ingress = await start();
  await createTenants({ redis: ingress.redis }).set(tenantId, { intake: { messages, perMs: 3_600_000 } });
  const { key } = await createAccess({ redis: ingress.redis, clock: systemClock }).createKey({
    tenantId,
    role: 'producer',
    name: 'limited',
  });
  return async (path: string, body: unknown) =>
    await ingress.call('POST', path, body, { authorization: `Bearer ${key}` });
}

describe('what a tenant may hand in', () => {
  it('is told with each answer, and refused with 429 and Retry-After when it is over', async () => {
    const post = await limited(2);
    const first = await post('/v1/messages', {});
    expect(first.status).toBe(422);
    expect(first.headers.get('ratelimit-policy')).toBe('"messages";q=2;w=3600');
    expect(first.headers.get('ratelimit')).toMatch(/^"messages";r=1;t=0$/u);
    await post('/v1/messages', {});
    const third = await post('/v1/messages', {});
    expect(third).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(third.headers.get('ratelimit')).toMatch(/^"messages";r=0;t=1(?:7\d\d|800)$/u);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(1700);
  });

  it('counts each message of a batch, and takes none of one that goes beyond', async () => {
    const post = await limited(10);
    const batch = (count: number) => ({ messages: Array.from({ length: count }, () => ({})) });
    expect((await post('/v1/messages/batch', batch(8))).headers.get('ratelimit')).toContain('r=2');
    expect((await post('/v1/messages/batch', batch(3))).status).toBe(429);
    expect((await post('/v1/messages/batch', batch(2))).status).toBe(200);
    expect(await post('/v1/messages/batch', batch(11))).toMatchObject({
      status: 422,
      body: { code: 'batch_over_limit' },
    });
  });

  it('has no headers where nothing is set', async () => {
    const ingress = await start();
    const answer = await ingress.call('POST', '/v1/messages', ingress.request());
    expect(answer.status).toBe(202);
    expect(answer.headers.has('ratelimit-policy')).toBe(false);
  });
});

describe('who tries keys and signatures', () => {
  const wrongKey = { authorization: `Bearer phk_${'x'.repeat(43)}` };

  it('is slowed down, while a valid key from the same address always passes', async () => {
    const ingress = await start();
    const tries = [];
    for (let n = 0; n < 31; n += 1) tries.push(await ingress.call('GET', '/v1/channels', undefined, wrongKey));
    expect(tries.slice(0, 30).every(({ status }) => status === 401)).toBe(true);
    expect(tries[30]).toMatchObject({ status: 429, body: { code: 'too_many_failures' } });
    expect(Number(tries[30]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ingress.call('GET', '/v1/channels')).status).toBe(200);
    // Signatures count for themselves.
    expect((await ingress.call('POST', `/webhooks/whatsapp-cloud/${ingress.ours}`, {})).status).toBe(401);
  });

  it('learns no more from a slowed webhook: one answer for a channel that is not there and a wrong signature', async () => {
    const ingress = await start();
    const to = async (channel: string) => (await ingress.call('POST', `/webhooks/whatsapp-cloud/${channel}`, {})).text;
    for (let n = 0; n < 30; n += 1) await to(ingress.ours);
    const slowed = await to(ingress.ours);
    expect(slowed).toContain('too_many_failures');
    expect(await to('nobodys')).toBe(slowed);
  });

  it('is told from others behind a proxy that is trusted, and from nobody behind one that is not', async () => {
    const trusting = await start({ deps: { trustProxy: ['127.0.0.0/8', '::1'] } });
    const trusted = async (address: string, ingress = trusting) =>
      (await ingress.call('GET', '/v1/channels', undefined, { ...wrongKey, 'x-forwarded-for': address })).status;
    for (let n = 0; n < 30; n += 1) await trusted('203.0.113.7');
    expect(await trusted('203.0.113.7')).toBe(429);
    expect(await trusted('198.51.100.7')).toBe(401);
    const plain = await start();
    for (let n = 0; n < 30; n += 1) await trusted(`203.0.${n}.7`, plain);
    expect(await trusted('198.51.100.7', plain)).toBe(429);
  });
});
