import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger, type Ledger } from '@posthorn/ledger';
import {
  channelIdSchema,
  externalIdSchema,
  messageIdSchema,
  providerIdSchema,
  recipientSchema,
  tenantIdSchema,
  toInboundId,
  toMessageId,
  type MessageId,
} from '@posthorn/message';
import { startPrivateRedis } from '@posthorn/private-redis';
import { sendJobScript } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog, systemClock, type RedisClient } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createSpool } from '@posthorn/spool';
import { ulid } from 'ulid';
import { z } from 'zod';
import { demoPhoneNumberId, demoWhatsappCloud } from './demo-whatsapp-cloud.ts';
import { newKeys } from './keys-file.ts';
import type { Fleet } from './start-fleet.ts';
import { canaries, findCanaries } from './testing/canaries.ts';
import { openEverything } from './testing/open-everything.ts';
import { runHere } from './testing/run-here.ts';
import { startTestFleet } from './testing/start-test-fleet.ts';

const [person, other] = ['+15557319301', '+15558842207'];
const name = 'Zelda Quagga';
const theirText = 'umbra-lemur-theirs';
const otherText = 'cobalt-heron-others';
const [theirFile, sharedFile, sentPhoto] = ['file-of-umbra-alone', 'file-for-everybody', 'photo-by-umbra'];
const pdf = (text: string): Buffer => Buffer.from(`%PDF-1.4\n${text}\n%%EOF`);
const channelId = demoWhatsappCloud.channelId;

const folder = mkdtempSync(join(tmpdir(), 'posthorn-erase-'));
const keys = newKeys();
const sealer = createSealer(parseKeyRing(keys.sealingKeys, keys.lookupKey));
/** A subscriber that quotes what it is told, and takes nothing. */
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () =>
    response.writeHead(500).end(`I do not know ${Buffer.concat(chunks).includes(name) ? name : 'them'}`),
  );
});

let fleet: Fleet;
let stopFleet: () => Promise<void>;
let redis: RedisClient;
let ledger: Ledger;
let server: Awaited<ReturnType<typeof startPrivateRedis>>;

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  server = await startPrivateRedis({
    dir: fileURLToPath(new URL('../../../.posthorn', import.meta.url)),
    persistent: false,
    log: () => undefined,
  });
  redis = connectRedis({ url: server.url, role: 'admin' });
  ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });
  await leaveInSpool();
  ({ fleet, stop: stopFleet } = await startTestFleet({
    redisUrl: server.url,
    keys,
    variables: {
      POSTHORN_SPOOL_DIR: join(folder, 'spool'),
      POSTHORN_MEDIA_DIR: join(folder, 'media'),
      POSTHORN_RAW_KEPT_MS: '1h',
      // The worker has to know that the channel keeps files by the time a photo comes.
      POSTHORN_FOLLOW_MS: '100',
      POSTHORN_CALLBACK_ALLOW: '127.0.0.0/8',
    },
    timing: { sentMs: 10, deliveredMs: 10, readMs: 10 },
    demos: [demoWhatsappCloud],
  }));
});

afterAll(async () => {
  await stopFleet();
  await closeRedis(redis);
  await server.stop();
  receiver.close();
  receiver.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** Two calls that could not be delivered lie aside in the spool: one of the person's, one of another's. */
async function leaveInSpool(): Promise<void> {
  const spool = await createSpool({
    root: join(folder, 'spool'),
    bytesMax: 1024 ** 2,
    sealer,
    clock: systemClock,
    log: createSilentLog(),
  });
  for (const from of [person, other]) {
    const told = { url: '/', headers: {}, query: {}, receivedAtMs: 1, traceparent: null };
    const head = Buffer.from(JSON.stringify({ kind: 'verified', provider: 'whatsapp-cloud', channelId, ...told }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.byteLength);
    await spool.append(Buffer.concat([length, head, Buffer.from(JSON.stringify({ from: from.slice(1) }))]));
    await (await spool.oldest(1))?.setAside();
  }
  await spool.close();
}

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${fleet.urls.api}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${fleet.apiKey}`,
      ...(body !== undefined && { 'content-type': Buffer.isBuffer(body) ? 'application/pdf' : 'application/json' }),
    },
    ...(body !== undefined && { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

const idOf = (answer: { readonly body: unknown }): string => {
  const made = z.object({ id: z.string() }).safeParse(answer.body);
  if (!made.success) throw new Error(`expected something with an id, came ${JSON.stringify(answer.body)}`);
  return made.data.id;
};
const textTo = (to: string, body: string, more: object = {}) => ({
  channelId,
  to,
  content: { type: 'text', body },
  ...more,
});
const send = async (request: object): Promise<MessageId> =>
  messageIdSchema.parse(idOf(await call('POST', '/v1/messages', request)));
const upload = async (content: string): Promise<string> => idOf(await call('POST', '/v1/media', pdf(content)));
const statusOf = async (id: string): Promise<string> =>
  z.object({ status: z.string() }).parse((await call('GET', `/v1/messages/${id}`)).body).status;

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > giveUp) throw new Error(`it did not come to this: ${what}`);
    await delay(20);
  }
}

const erasureView = z.object({
  id: z.string(),
  state: z.string(),
  counts: z.record(z.string(), z.number()),
  waitsFor: z.record(z.string(), z.number()),
  links: z.object({ self: z.string() }),
});
async function eraseAll(): Promise<z.infer<typeof erasureView>> {
  const begun = await call('DELETE', `/v1/recipients/${person}`);
  expect(begun.status).toBe(202);
  const { links } = erasureView.parse(begun.body);
  const read = async () => erasureView.parse((await call('GET', links.self)).body);
  await until(`it is erased: ${JSON.stringify(await read())}`, async () => (await read()).state === 'finished');
  return await read();
}

describe('erasing a person', () => {
  it('takes them out of every place, and nobody else', async () => {
    const cloud = fleet.sandbox.control.whatsappCloud;
    fleet.sandbox.control.faults.add({
      match: { textContains: 'refuse this' },
      action: { kind: 'error', code: 131_026, status: 400, message: `${person} said no` },
    });
    fleet.sandbox.control.faults.add({
      match: { textContains: 'no answer' },
      action: { kind: 'http', status: 500, body: '' },
    });
    const url = `http://127.0.0.1:${z.object({ port: z.number() }).parse(receiver.address()).port}/hooks`;
    const subscription = idOf(
      await call('POST', '/v1/subscriptions', { url, types: ['message.received', 'message.read'] }),
    );
    await call('PATCH', `/v1/channels/${channelId}`, { inboundFiles: { kind: 'store' } });

    // Sent, dead, held, waiting, with files of their own and with one that others got too.
    const [own, shared] = [await upload(theirFile), await upload(sharedFile)];
    const fileTo = (to: string, id: string) => ({
      channelId,
      to,
      content: { type: 'document', media: { id }, filename: 'a.pdf' },
    });
    const sent = await send(textTo(person, theirText, { callbackData: `${theirText} data` }));
    const dead = await send(textTo(person, `refuse this ${theirText}`, { order: 'none' }));
    const held = await send(textTo(person, `no answer ${theirText}`, { order: 'none' }));
    const files = [
      await send(fileTo(person, own)),
      await send(fileTo(person, shared)),
      await send(fileTo(other, shared)),
    ];
    const waiting = await send(textTo(person, theirText, { sendAt: new Date(Date.now() + 3_600_000).toISOString() }));
    const others = await send(textTo(other, otherText));
    for (const [id, status] of [
      [sent, 'read'],
      [dead, 'failed'],
      [held, 'held'],
      [others, 'read'],
    ] as const)
      await until(`${id} is ${status}`, async () => (await statusOf(id)) === status);
    for (const id of files) await until(`${id} is out`, async () => (await statusOf(id)) === 'read');
    const externalId = externalIdSchema.parse(
      (await ledger.get({ id: channelId, provider: demoWhatsappCloud.provider.id }, sent))?.message.externalId,
    );

    // They wrote, by number and by user id, with a photo; so did somebody else.
    const bytes = Buffer.concat([Buffer.from('ffd8ffe000104a46494600', 'hex'), Buffer.from(sentPhoto)]);
    const from = person.slice(1);
    cloud.inbound({ phoneNumberId: demoPhoneNumberId, from, fromUserId: 'US.77319301', name, text: theirText });
    cloud.inbound({ phoneNumberId: demoPhoneNumberId, fromUserId: 'US.77319301', name, text: `${theirText} again` });
    cloud.inbound({
      phoneNumberId: demoPhoneNumberId,
      from,
      name,
      type: 'image',
      image: { base64: bytes.toString('base64') },
    });
    cloud.inbound({ phoneNumberId: demoPhoneNumberId, from: other.slice(1), name: 'Otto', text: otherText });
    const inbound = async () => JSON.stringify((await call('GET', `/v1/channels/${channelId}/events?limit=1000`)).body);
    await until('all was received', async () => (await inbound()).split('"message.received"').length === 5);
    await until('the photo is stored', () => filesIn().includes(sentPhoto));
    await until('a receiver has quoted them', async () =>
      JSON.stringify((await call('GET', `/v1/subscriptions/${subscription}/deliveries`)).body).includes(name),
    );
    await call('PUT', `/v1/channels/${channelId}/recipients/${person}/opt-out`);
    const theirs = await anotherTenant();

    // Nothing is erased by looking.
    const env = { POSTHORN_HOME: folder, REDIS_URL: server.url, POSTHORN_SEALING_KEYS: keys.sealingKeys };
    const dry = await runHere(['erase', '+1 (555) 731-9301', '--dry-run'], {
      ...env,
      POSTHORN_LOOKUP_KEY: keys.lookupKey,
    });
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('messages 6') });
    expect(await statusOf(waiting)).toBe('accepted');

    const set = async (...words: readonly string[]) =>
      await runHere(['tenants', ...words], { ...env, POSTHORN_LOOKUP_KEY: keys.lookupKey });
    expect(await set('set', 'another', '--keep-content', '12h')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('another: no limit, content for 12 h'),
    });
    expect((await set('ls', '--json')).stdout).toContain('"contentKeptMs": 43200000');
    expect(await redis.get(`posthorn:{${theirs}}:keep`)).toBe('43200000');
    for (const wrong of ['32d', '12', '-1h', 'soon'])
      expect(await set('set', 'another', '--keep-content', wrong)).toMatchObject({ code: 1 });
    expect(await set('set', 'another', '--keep-content', 'default')).toMatchObject({ code: 0 });

    const erased = await eraseAll();
    expect(erased.counts).toMatchObject({
      messages: 6,
      cancelledMessages: 1,
      abandonedMessages: 1,
      receivedMessages: 3,
      deadLetters: 1,
      files: 2,
      sharedFiles: 1,
      spooledCalls: 1,
    });
    for (const place of ['webhookCalls', 'eventData', 'marks', 'deliveries'])
      expect([place, (erased.counts[place] ?? 0) > 0]).toEqual([place, true]);

    // Late news of a message of theirs: told, and nothing comes back with it.
    const late = {
      externalId,
      messageId: null,
      status: 'played',
      atMs: Date.now(),
      more: { recipient: person },
    } as const;
    const channel = { id: channelId, provider: demoWhatsappCloud.provider.id };
    expect(await ledger.status(channel, late)).toMatchObject({ kind: 'applied', isErased: true });
    await repeatOldCall();

    const wanted = canaries({
      text: [theirText, theirFile, sentPhoto],
      number: [person, '77319301'],
      name: [name],
    });
    const everything = await openEverything(redis, sealer);
    const leaks = [...everything].flatMap(([key, said]) =>
      key.includes(theirs) ? [] : findCanaries(wanted, said).map((leak) => ({ key, ...leak })),
    );
    expect(leaks).toEqual([]);
    expect(findCanaries(wanted, filesIn())).toEqual([]);

    // What is nobody's but others'.
    const kept = [...everything.values()].join('\n');
    for (const each of [otherText, other.slice(1), 'Otto']) expect([each, kept.includes(each)]).toEqual([each, true]);
    expect(filesIn()).toContain(sharedFile);
    expect(
      [...everything]
        .filter(([key]) => key.includes(theirs))
        .map(([, said]) => said)
        .join('\n'),
    ).toContain(theirText);
    expect(readdirSync(join(folder, 'spool', 'set-aside'))).toHaveLength(1);
    expect((await call('GET', `/v1/messages/${sent}`)).body).toMatchObject({
      status: 'played',
      to: null,
      content: null,
    });
    expect(await statusOf(waiting)).toBe('cancelled');
    expect((await call('GET', `/v1/channels/${channelId}/recipients/${person}`)).body).toMatchObject({
      window: { open: false },
      optedOut: { source: 'api' },
    });

    // Again: nothing is left. And who writes now is new.
    // Only attempts made since, for events that tell nothing of them any more, have answers to forget.
    const { deliveries: _since, ...again } = (await eraseAll()).counts;
    expect(Object.entries(again).filter(([, count]) => count > 0)).toEqual([]);
    cloud.inbound({ phoneNumberId: demoPhoneNumberId, from, text: 'hello again' });
    await until('they wrote again', async () => (await inbound()).includes('hello again'));
  });
});

/** The same number at another tenant: a message to it, and one of it. */
async function anotherTenant(): Promise<string> {
  const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
  const tenantId = tenantIdSchema.parse('another');
  const input = { id: 'another-one', tenantId, provider: providerIdSchema.parse('infobip'), settings: {} };
  const channel = await registry.put(channelInputSchema.parse(input));
  await ledger.setState(channel, 'open');
  const to = recipientSchema.parse(person);
  const content = { type: 'text', body: theirText } as const;
  const times = { sendAt: Date.now() + 3_600_000, expiresAt: null, traceparent: null };
  const id = toMessageId(channel.id, ulid());
  await ledger.accept(channel, { id, tenantId, lane: 'normal', ordered: true, sealed: { to, content }, ...times });
  const at = new Date().toISOString();
  const wrote = {
    externalId: externalIdSchema.parse('x-1'),
    from: person,
    profileName: name,
    sentAt: at,
    receivedAt: at,
  };
  const text = { type: 'text', text: theirText };
  await ledger.receive(channel, toInboundId(channel.id, ulid()), { ...wrote, content: text });
  await registry.close();
  return channel.id;
}

/** A call that had lain somewhere since before they were erased is handed over now. */
async function repeatOldCall(): Promise<void> {
  const channel = { id: channelIdSchema.parse(channelId), provider: demoWhatsappCloud.provider.id };
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const message = { externalId: externalIdSchema.parse('wamid.old'), from: person, sentAt: at, receivedAt: at };
  const content = { type: 'text', text: theirText };
  const result = await ledger.receive(channel, toInboundId(channel.id, ulid()), { ...message, content });
  expect(result).toEqual({ kind: 'erased' });
}

/** All files of the fleet, byte by byte; what is sealed in the spool is opened. */
function filesIn(): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
    .map((entry) => {
      const file = readFileSync(join(entry.parentPath, entry.name));
      // 16 bytes before the sealed part: length, checksum, time (libs/spool).
      return `${file.toString('latin1')}\n${sealer.open(file.subarray(16), 'spool')?.toString('latin1') ?? ''}`;
    })
    .join('\n');
}
