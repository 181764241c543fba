import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Channel } from '@posthorn/channel';
import { channelIdSchema, providerIdSchema, tenantIdSchema, type ChannelId } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import { createSilentLog } from '@posthorn/runtime';
import { createConnectChannel } from '@posthorn/admission';
import { startTestIngress, type TestIngress } from './testing/start-test-ingress.ts';
import { readAnswer, type Answer } from './testing/test-answer.ts';
import { createWebhookTargets } from './webhook-targets.ts';

const publicUrl = 'https://bots.example.test';
const authToken = '0123456789abcdef0123456789abcdef';
const apiKeys = ['key-of-today-0001', 'key-of-before-0001'];

function toChannel(provider: string, settings: unknown, labels: Channel['labels'] = {}): Channel {
  return {
    // As the old systems have it.
    id: channelIdSchema.parse(randomUUID()),
    tenantId: tenantIdSchema.parse('ours'),
    provider: providerIdSchema.parse(provider),
    name: null,
    labels,
    settings,
    pacePerSecond: null,
    heldGraceMs: 900_000,
    heldPolicy: 'hold',
    version: 1,
  };
}
const twilio = (from: string, labels: Channel['labels']): Channel =>
  toChannel('twilio', { accountSid: `AC${'0'.repeat(32)}`, authToken, from, publicUrl }, labels);
const kernel = toChannel('kernel', { clientId: 'client', clientSecret: 'secret-of-client', apiKeys });
const ofCompany = twilio('+15550000001', { appId: '7', companyId: '9' });
const ofNobody = twilio('+15550000002', { appId: '7', companyId: 'NODEFINED' });
const byId = new Map([kernel, ofCompany, ofNobody].map((channel) => [channel.id, channel]));

let ingress: TestIngress;
beforeAll(async () => {
  const providerById = new Map(providers.map((provider) => [String(provider.id), provider]));
  const connect = createConnectChannel(providerById, createSilentLog());
  const channels = {
    get: (id: ChannelId) => byId.get(id) ?? null,
    list: () => [...byId.values()],
    isLoaded: () => true,
    refresh: async () => undefined,
  };
  ingress = await startTestIngress({
    deps: { channels, connect, targets: createWebhookTargets({ channels, connect, providerById }) },
  });
});
afterAll(() => ingress.close());

async function post(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return await readAnswer(await fetch(`${ingress.url}${path}`, { method: 'POST', body, headers }));
}
const storedFor = (): ChannelId | undefined => ingress.stored.at(-1)?.channelId;
/** What a caller can tell answers apart by. */
const seen = ({ status, text, headers }: Answer): string => [status, text, ...headers.keys()].join();

describe('the old path of Kernel', () => {
  const body = JSON.stringify({ messages: [] });
  const bridge = async (query: Readonly<Record<string, string>>): Promise<Answer> =>
    await post(`/aura-services/v1/whatsapp/messages?${new URLSearchParams(query).toString()}`, body, {
      'content-type': 'application/json',
    });

  it('stores the call for the channel it names, with either key', async () => {
    for (const apikey of apiKeys) {
      expect(await bridge({ apikey, channelId: kernel.id })).toMatchObject({ status: 200, text: '' });
      expect(storedFor()).toBe(kernel.id);
    }
    expect(ingress.stored.at(-1)?.call.body).toEqual(Buffer.from(body));
    // Keys stand in the address: it is in no log.
    expect(JSON.stringify(ingress.logLines())).not.toContain('key-of');
  });

  it('answers alike a wrong key, no key, an unknown channel and none', async () => {
    const before = ingress.stored.length;
    const [apikey = ''] = apiKeys;
    const answers = [
      await bridge({ apikey: 'wrong', channelId: kernel.id }),
      await bridge({ channelId: kernel.id }),
      await bridge({ apikey, channelId: randomUUID() }),
      await bridge({ apikey }),
      // Another provider's channel is none of Kernel's.
      await bridge({ apikey, channelId: ofCompany.id }),
    ];
    expect(new Set(answers.map(seen)).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect(ingress.stored).toHaveLength(before);
  });
});

describe('the old paths of Twilio', () => {
  const form = { AccountSid: `AC${'0'.repeat(32)}`, From: 'whatsapp:+15550001111', MessageSid: 'SM1' };
  const signed = (path: string, token = authToken): string => {
    const data = Object.entries(form)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flat()
      .join('');
    return createHmac('sha1', token).update(`${publicUrl}${path}${data}`).digest('base64');
  };
  const call = async (path: string, signature = signed(path)): Promise<Answer> =>
    await post(path, new URLSearchParams(form).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature,
    });

  it.each([
    ['/any-context/whatsapp/7/9', ofCompany],
    ['/any-context/whatsapp/callback/7/9', ofCompany],
    ['/another/whatsapp/7/NODEFINED', ofNobody],
    ['/another/whatsapp/callback/7/NODEFINED', ofNobody],
  ])('%s stores the call for the channel with both labels', async (path, channel) => {
    expect(await call(path)).toMatchObject({ status: 200, text: '' });
    expect(storedFor()).toBe(channel.id);
  });

  it('answer alike a wrong signature, another channel’s path, and labels nobody has', async () => {
    const before = ingress.stored.length;
    const good = '/any-context/whatsapp/7/9';
    const answers = [
      await call(good, signed(good, 'another token')),
      await call(good, signed('/any-context/whatsapp/7/NODEFINED')),
      await call('/any-context/whatsapp/7/8'),
      await call('/any-context/whatsapp/8/9'),
    ];
    expect(new Set(answers.map(seen)).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect(ingress.stored).toHaveLength(before);
  });
});
