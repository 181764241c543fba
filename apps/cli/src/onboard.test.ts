import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { fleetEnv, startUp, tempHome, testRedisUrl } from './testing/run-cli.ts';
import { runHere } from './testing/run-here.ts';

const home = tempHome();
const app = { POSTHORN_META_APP_ID: '200000000000003', POSTHORN_META_APP_SECRET: 'an-app-secret-of-the-test' };
const env = { ...fleetEnv(home.dir), ...app };
const line = { wabaId: '200000000000002', phoneNumberId: '200000000000001' };
const token = 'EAA-the-token-of-the-number';
const pin = '123456';
let up: Awaited<ReturnType<typeof startUp>>;
let apiKey: string;

const sandbox = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const reply = await fetch(`${up.sandboxUrl}/_sandbox${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!reply.ok) throw new Error(`the sandbox: ${reply.status} ${await reply.text()}`);
  return reply.status === 204 ? null : await reply.json();
};
/** A person went through the sign-up: a number that is not registered yet, whose PIN is known. */
async function signUp(): Promise<string> {
  await sandbox('PUT', `/whatsapp-cloud/accounts/${line.phoneNumberId}`, {
    wabaId: line.wabaId,
    displayPhoneNumber: '+1 555 222 0000',
    accessToken: token,
    appId: app.POSTHORN_META_APP_ID,
    appSecret: app.POSTHORN_META_APP_SECRET,
    registered: false,
    pin,
  });
  const { code } = z
    .object({ code: z.string() })
    .parse(await sandbox('POST', `/whatsapp-cloud/accounts/${line.phoneNumberId}/signup`));
  return code;
}
const api = async (method: string, path: string, body?: unknown) => {
  const reply = await fetch(`${up.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: reply.status, text: await reply.text() };
};
const viewSchema = z.object({
  id: z.string(),
  stage: z.string(),
  state: z.string(),
  failure: z.object({ code: z.string(), needs: z.string() }).nullable(),
});
const read = (text: string) => viewSchema.parse(JSON.parse(text));
async function until<Found>(look: () => Promise<Found | null>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await delay(50);
  }
}
const messageSchema = z.object({
  status: z.string(),
  failure: z.object({ code: z.string(), problem: z.object({ code: z.string() }).nullable() }).nullable(),
});
const eventsSchema = z.object({ events: z.array(z.object({ type: z.string(), data: z.unknown() })) });
const eventsOf = async (channelId: string) =>
  eventsSchema.parse(JSON.parse((await api('GET', `/v1/channels/${channelId}/events?limit=1000`)).text)).events;

beforeAll(async () => {
  const redis = new Redis(testRedisUrl());
  await redis.flushdb();
  await redis.quit();
  up = await startUp(env);
  const made = await runHere(['keys', 'create', '--role', 'admin', '--name', 'test', '--json'], env);
  apiKey = z.object({ key: z.string() }).parse(JSON.parse(made.stdout)).key;
});
afterAll(async () => {
  up.kill('SIGTERM');
  await up.done;
  home.remove();
});

describe('a number of WhatsApp Cloud API, from the sign-up on', () => {
  it('goes on with the PIN where that was wrong, and makes a channel that sends and hears', async () => {
    const code = await signUp();
    const begun = await api('POST', '/v1/onboardings', {
      channelId: 'onboarded',
      code,
      callbackData: 'customer-4711',
      settings: { ...line, pin: '000000' },
    });
    expect(begun.status).toBe(202);
    const { id } = read(begun.text);
    const failed = await until(async () => {
      const view = read((await api('GET', `/v1/onboardings/${id}`)).text);
      return view.state === 'failed' ? view : null;
    });
    expect(failed).toMatchObject({ stage: 'REGISTER_PHONE', failure: { code: 'pin_wrong', needs: 'pin' } });

    // Taken already, but nothing is sent before the number is registered.
    const early = await api('POST', '/v1/messages', {
      channelId: 'onboarded',
      to: '+15550001111',
      content: { type: 'text', body: 'Hello' },
    });
    expect(early.status).toBe(202);
    const shown = await runHere(['onboard', 'show', id], env);
    expect(shown).toMatchObject({ code: 1, stdout: expect.stringContaining('failed in REGISTER_PHONE: pin_wrong') });

    const retried = await runHere(['onboard', 'retry', id, '--pin', pin, '--json'], env);
    expect(read(retried.stdout)).toMatchObject({ stage: 'FINISHED', state: 'finished' });

    const messageId = z.object({ id: z.string() }).parse(JSON.parse(early.text)).id;
    await until(async () => {
      const { text } = await api('GET', `/v1/messages/${messageId}`);
      return z.object({ status: z.string() }).parse(JSON.parse(text)).status === 'read' ? true : null;
    });
    const ends = (await eventsOf('onboarded')).filter(({ type }) => type.startsWith('onboarding.'));
    expect(ends).toMatchObject([
      {
        type: 'onboarding.failed',
        data: { detail: { onboardingId: id, stage: 'REGISTER_PHONE', callbackData: 'customer-4711' } },
      },
      {
        type: 'onboarding.finished',
        data: { detail: { onboardingId: id, stage: 'FINISHED', callbackData: 'customer-4711' } },
      },
    ]);

    // Each stage was asked for once, the one that failed twice.
    const { entries } = z
      .object({
        entries: z.array(
          z.object({
            provider: z.string(),
            operation: z.string(),
            answer: z.object({ status: z.number().nullable() }),
          }),
        ),
      })
      .parse(await sandbox('GET', '/history?limit=1000'));
    const steps = entries.flatMap(({ provider, operation, answer }) =>
      provider === 'whatsapp-cloud' && ['token', 'webhooks', 'register'].includes(operation)
        ? [`${operation} ${answer.status}`]
        : [],
    );
    expect(steps.toSorted()).toEqual(['register 200', 'register 400', 'token 200', 'webhooks 200']);
    const everything = [begun.text, shown.stdout, retried.stdout, JSON.stringify(ends), up.stdout(), up.stderr()];
    for (const secret of [token, code, app.POSTHORN_META_APP_SECRET]) expect(everything.join()).not.toContain(secret);
  });

  it('marks what came as read, and shows typing', async () => {
    await sandbox('POST', '/whatsapp-cloud/inbound', {
      phoneNumberId: line.phoneNumberId,
      from: '15550001111',
      text: 'Hi',
    });
    const inboundId = await until(async () => {
      const { text } = await api('GET', '/v1/channels/onboarded/events?limit=1000');
      const received = eventsSchema.parse(JSON.parse(text)).events.find(({ type }) => type === 'message.received');
      return received === undefined
        ? null
        : z.object({ message: z.object({ id: z.string() }) }).parse(received.data).message.id;
    });
    expect((await api('POST', `/v1/inbound/${inboundId}/read`, { typing: true })).status).toBe(202);
    const body = await until(async () => {
      const { entries } = z
        .object({
          entries: z.array(z.object({ operation: z.string(), request: z.object({ body: z.unknown().optional() }) })),
        })
        .parse(await sandbox('GET', '/history?limit=1000'));
      return entries.find(({ operation }) => operation === 'read')?.request.body ?? null;
    });
    expect(body).toMatchObject({ status: 'read', typing_indicator: { type: 'text' } });
  });

  it('sends marketing templates through Meta’s endpoint for them, where the channel wants that', async () => {
    await sandbox('POST', '/faults', { match: { to: '15550001113' }, action: { kind: 'error', code: 131_055 } });
    const number = { phoneNumberId: '200000000000009', wabaId: line.wabaId };
    const secrets = { accessToken: 'EAA-of-marketing', appSecret: app.POSTHORN_META_APP_SECRET };
    await sandbox('PUT', `/whatsapp-cloud/accounts/${number.phoneNumberId}`, {
      ...secrets,
      wabaId: number.wabaId,
      displayPhoneNumber: '+1 555 222 0009',
      appId: app.POSTHORN_META_APP_ID,
      webhook: { url: `${up.apiUrl}/webhooks/whatsapp-cloud/marketing`, verifyToken: 'verify-me' },
    });
    const marketing = { productPolicy: 'STRICT' };
    const settings = { ...number, ...secrets, verifyToken: 'verify-me', baseUrl: up.sandboxUrl, marketing };
    const channel = JSON.stringify({ id: 'marketing', provider: 'whatsapp-cloud', settings });
    expect((await runHere(['channels', 'put', '-'], env, channel)).code).toBe(0);
    const content = { type: 'template', name: 'sale', language: 'en_US', category: 'marketing' };
    const [taken, refused] = await Promise.all(
      ['US.13491208655302741918', '+15550001113'].map(async (to) => {
        // Ingress follows the registry within a second.
        const text = await until(async () => {
          const reply = await api('POST', '/v1/messages', { channelId: 'marketing', to, content });
          return reply.status === 202 ? reply.text : null;
        });
        const { id } = z.object({ id: z.string() }).parse(JSON.parse(text));
        return await until(async () => {
          const found = messageSchema.parse(JSON.parse((await api('GET', `/v1/messages/${id}`)).text));
          return ['read', 'failed'].includes(found.status) ? found : null;
        });
      }),
    );
    expect(taken?.status).toBe('read');
    expect(refused).toMatchObject({
      status: 'failed',
      failure: { code: 'request_invalid', problem: { code: '131055' } },
    });
    const { entries } = z
      .object({
        entries: z.array(
          z.object({
            type: z.string().nullable(),
            request: z.object({ url: z.string(), body: z.unknown().optional() }),
          }),
        ),
      })
      .parse(await sandbox('GET', '/history?limit=1000'));
    const sent = entries.filter(({ type }) => type === 'template');
    expect(sent).toHaveLength(2);
    for (const { request } of sent) {
      expect(request.url).toBe(`/v25.0/${number.phoneNumberId}/marketing_messages`);
      expect(request.body).toMatchObject({ product_policy: 'STRICT' });
    }
  });

  it('asks for a new code where the answer to the first one was lost, and never sends that again', async () => {
    const code = await signUp();
    await sandbox('POST', '/faults', { match: { operation: 'token' }, times: 1, action: { kind: 'close' } });
    const request = JSON.stringify({ channelId: 'onboarded-too', settings: { ...line, pin } });
    const lost = await runHere(['onboard', 'begin', '-', '--code', code, '--json'], env, request);
    expect(lost.code).toBe(1);
    const { id, ...view } = read(lost.stdout);
    expect(view).toMatchObject({ stage: 'FETCH_TOKEN', failure: { code: 'code_outcome_unknown', needs: 'code' } });
    const without = await runHere(['onboard', 'retry', id], env);
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('/code: expected a new code') });
    const retried = await runHere(['onboard', 'retry', id, '--code', await signUp()], env);
    expect(retried).toMatchObject({ code: 0, stdout: expect.stringContaining('Channel onboarded-too sends.') });
  });
});
