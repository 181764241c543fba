import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess } from '@posthorn/access';
import { createAudit } from '@posthorn/channel-admin';
import { createErasureStore } from '@posthorn/erasure';
import { systemClock } from '@posthorn/runtime';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';

let ingress: TestIngress;
let asAdmin: Readonly<Record<string, string>>;
beforeAll(async () => {
  ingress = await startTestIngress();
  const access = createAccess({ redis: ingress.redis, clock: systemClock });
  const { key } = await access.createKey({ tenantId: 'ours', role: 'admin', name: 'test' });
  asAdmin = { authorization: `Bearer ${key}` };
});
afterAll(() => ingress.close());

const erase = async (address: string, query = '') =>
  await ingress.call('DELETE', `/v1/recipients/${address}${query}`, undefined, asAdmin);
const idOf = (body: unknown): string => z.object({ id: z.string() }).parse(body).id;

describe('DELETE /v1/recipients/{address}', () => {
  it('begins one erasure of a person, however they are written, and tells nothing of them anywhere', async () => {
    const first = await erase('+15556660001');
    expect(first).toMatchObject({
      status: 202,
      body: { state: 'running', dryRun: false, finishedAt: null, waitsFor: { messages: 0 }, counts: { messages: 0 } },
    });
    const id = idOf(first.body);
    expect(first.headers.get('location')).toBe(`/v1/erasures/${id}`);
    for (const same of ['%2B15556660001', '15556660001', 'whatsapp:+15556660001', '+1%20(555)%20666-0001'])
      expect(idOf((await erase(same)).body)).toBe(id);
    expect(idOf((await erase('+15556660001', '?dryRun=true')).body)).not.toBe(id);
    expect(await ingress.call('GET', `/v1/erasures/${id}`, undefined, asAdmin)).toMatchObject({
      status: 200,
      body: { id },
    });

    const audited = await createAudit({ redis: ingress.redis }).list({ tenantId: 'ours', limit: 10 });
    expect(audited.find(({ changed }) => changed.includes(id))).toMatchObject({ action: 'recipient.erase' });
    for (const place of [audited, ingress.logLines(), first.body, await ingress.metricsText()])
      expect(JSON.stringify(place)).not.toMatch(/5556660001|recipients\/\+/u);
    const record = await ingress.redis.hgetall(`posthorn:{erasures}:run:${id}`);
    expect(JSON.stringify(record)).not.toContain('5556660001');
    expect(await createErasureStore(ingress).addresses(id)).toEqual(['+15556660001']);
  });

  it('takes the longest user id there is, as every other route with an address does', async () => {
    const longest = `US.ENT.${'a'.repeat(128)}`;
    expect((await erase(longest)).status).toBe(202);
    const path = `/v1/channels/${ingress.ours}/recipients/${longest}`;
    expect((await ingress.call('GET', path)).status).toBe(200);
    expect((await ingress.call('GET', `${path}a`)).status).toBe(404);
  });

  it('refuses what is no address, without repeating it, and what is no erasure of theirs', async () => {
    for (const wrong of ['0176-5556660002', '5556660002'.repeat(20)]) {
      const answer = await erase(wrong);
      expect(answer.status).toBe(422);
      // The path alone says what was asked, to the one who asked.
      expect(answer.text.replace(/"instance":"[^"]*"/u, '')).not.toContain('5556660002');
    }
    expect((await erase('+15556660003', '?dryRun=perhaps')).status).toBe(422);
    expect(JSON.stringify(ingress.logLines())).not.toContain('555666');
    const theirs = await createAccess({ redis: ingress.redis, clock: systemClock }).createKey({
      tenantId: 'theirs',
      role: 'admin',
      name: 'test',
    });
    const id = idOf((await erase('+15556660003')).body);
    const asThem = { authorization: `Bearer ${theirs.key}` };
    expect((await ingress.call('GET', `/v1/erasures/${id}`, undefined, asThem)).status).toBe(404);
    expect((await ingress.call('GET', '/v1/erasures', undefined, asThem)).body).toEqual({ erasures: [] });
    expect((await ingress.call('GET', '/v1/erasures', undefined, asAdmin)).body).toMatchObject({
      erasures: expect.arrayContaining([expect.objectContaining({ id })]),
    });
  });
});

describe('/v1/tenant', () => {
  it('shows how long content is kept, and lets an admin say it, for channels and uploads', async () => {
    expect((await ingress.call('GET', '/v1/tenant')).body).toEqual({ id: 'ours', intake: null, contentKeptMs: null });
    const change = async (body: object) => await ingress.call('PATCH', '/v1/tenant', body, asAdmin);
    expect(await change({ contentKeptMs: 0 })).toMatchObject({ status: 200, body: { contentKeptMs: 0 } });
    expect((await ingress.call('GET', '/v1/tenant')).body).toMatchObject({ contentKeptMs: 0 });
    expect(await ingress.redis.get(`posthorn:{${ingress.ours}}:keep`)).toBe('0');
    expect(await ingress.redis.get(`posthorn:{${ingress.theirs}}:keep`)).toBeNull();
    expect(await change({ contentKeptMs: 31 * 86_400_000 })).toMatchObject({ status: 200 });
    for (const contentKeptMs of [31 * 86_400_000 + 1, -1, 1.5, '1d'])
      expect(await change({ contentKeptMs })).toMatchObject({ status: 422 });
    expect(await change({ intake: null })).toMatchObject({ status: 422 });

    expect(await change({ contentKeptMs: null })).toMatchObject({ body: { contentKeptMs: null } });
    expect(await ingress.redis.get(`posthorn:{${ingress.ours}}:keep`)).toBeNull();
  });
});
