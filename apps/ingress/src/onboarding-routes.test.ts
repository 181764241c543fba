import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess } from '@posthorn/access';
import { providerIdSchema } from '@posthorn/message';
import { createQueues, taskQueue } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import { z } from 'zod';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';

const secrets = ['AQ-the-code', 'AQ-another', '654321', 'app-secret'];
let ingress: TestIngress;
let headers: Readonly<Record<string, string>>;
beforeAll(async () => {
  ingress = await startTestIngress();
  const access = createAccess({ redis: ingress.redis, clock: systemClock });
  const { key } = await access.createKey({ tenantId: 'ours', role: 'admin', name: 'test' });
  headers = { authorization: `Bearer ${key}` };
});
afterAll(() => ingress.close());

const request = (changes: object = {}) => ({
  channelId: 'new-number',
  code: 'AQ-the-code',
  callbackData: 'customer-4711',
  settings: { wabaId: '102290129340398', phoneNumberId: '106540352242922', pin: '654321' },
  ...changes,
});
const begin = async (changes: object = {}) => await ingress.call('POST', '/v1/onboardings', request(changes), headers);
const idOf = (body: unknown): string => z.object({ id: z.string() }).parse(body).id;

describe('onboarding over HTTP', () => {
  it('is stored with its job before it is answered, sealed, and shows nothing that was given', async () => {
    const answer = await begin();
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      channelId: 'new-number',
      stage: 'UNSTARTED',
      state: 'running',
      run: 1,
      callbackData: 'customer-4711',
    });
    const id = idOf(answer.body);
    const shown = await ingress.call('GET', `/v1/onboardings/${id}`, undefined, headers);
    expect(shown.body).toEqual(answer.body);
    const queues = createQueues(ingress.redis);
    const job = await queues.open(taskQueue(providerIdSchema.parse('whatsapp-cloud'))).getJob(`${id}_1`);
    await queues.close();
    expect(job?.data).toEqual({ v: 1, kind: 'onboarding', id, run: 1 });
    const kept = await ingress.redis.hgetall(`posthorn:{task.whatsapp-cloud}:record:${id}`);
    const everything = JSON.stringify([answer.body, shown.body, job?.data, kept, ingress.logLines()]);
    for (const secret of secrets) expect(everything).not.toContain(secret);
    expect(await ingress.redis.pttl(`posthorn:{task.whatsapp-cloud}:record:${id}`)).toBeGreaterThan(29 * 86_400_000);
  });

  it('runs on only once it stands still', async () => {
    const id = idOf((await begin({ channelId: 'other-number' })).body);
    const retry = await ingress.call('POST', `/v1/onboardings/${id}/retry`, { code: 'AQ-another' }, headers);
    expect(retry).toMatchObject({ status: 409, body: { code: 'onboarding_conflict' } });
  });

  it.each([
    ['no code', { code: undefined }, '/code'],
    ['a provider without onboarding', { provider: 'twilio' }, '/provider'],
    ['a PIN that is none', { settings: { ...request().settings, pin: '12' } }, '/settings/pin'],
    ['a setting nobody knows', { settings: { ...request().settings, token: 'x' } }, '/settings/token'],
  ])('refuses %s', async (_name, changes, pointer) => {
    const answer = await begin(changes);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    expect(z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(answer.body).errors[0]?.pointer).toBe(
      pointer,
    );
  });

  it('refuses another tenant’s channel, and keeps an id for who took it first', async () => {
    expect(await begin({ channelId: ingress.theirs })).toMatchObject({ status: 409 });
    expect((await begin({ channelId: 'first-come' })).status).toBe(202);
    expect((await begin({ channelId: 'first-come' })).status).toBe(202);
    await ingress.redis.set('posthorn:{channels}:reserved:taken-id', 'theirs');
    expect(await begin({ channelId: 'taken-id' })).toMatchObject({ status: 409 });
  });

  it('is hidden from other tenants and from keys of another role', async () => {
    const id = idOf((await begin({ channelId: 'mine-alone' })).body);
    const access = createAccess({ redis: ingress.redis, clock: systemClock });
    const { key } = await access.createKey({ tenantId: 'theirs', role: 'admin', name: 'test' });
    const foreign = { authorization: `Bearer ${key}` };
    expect((await ingress.call('GET', `/v1/onboardings/${id}`, undefined, foreign)).status).toBe(404);
    expect((await ingress.call('POST', `/v1/onboardings/${id}/retry`, undefined, foreign)).status).toBe(404);
    expect((await ingress.call('GET', `/v1/onboardings/${id}`)).status).toBe(403);
  });
});

describe('versions', () => {
  it('of posthorn, and of the provider’s API that a channel speaks', async () => {
    const { body } = await ingress.call('GET', '/v1/version');
    expect(body).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/u) });
    expect((await ingress.call('GET', `/v1/channels/${ingress.ours}`)).body).toMatchObject({ apiVersion: 'v25.0' });
  });
});
