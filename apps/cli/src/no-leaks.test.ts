import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTokenStore } from '@posthorn/channel';
import { channelIdSchema } from '@posthorn/message';
import { startPrivateRedis } from '@posthorn/private-redis';
import { createLog } from '@posthorn/runtime';
import { watchCommands } from '@posthorn/runtime/testing';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { demoProviders } from './demo-providers.ts';
import { newKeys } from './keys-file.ts';
import type { Fleet } from './start-fleet.ts';
import { canaries, findCanaries } from './testing/canaries.ts';
import { documentedMetrics, shownMetrics } from './testing/documented-metrics.ts';
import { readEverything } from './testing/read-everything.ts';
import { startTestFleet } from './testing/start-test-fleet.ts';

/** Nobody else's number and nobody else's words: wherever they are seen, they leaked. */
const numberOf = (index: number): string => `+155573190${String(index).padStart(2, '0')}`;
const text = 'zanzibar-quokka-otter';
const writer = '+15557319099';

const folder = mkdtempSync(join(tmpdir(), 'posthorn-leaks-'));
const keys = newKeys();
const ring = parseKeyRing(keys.sealingKeys, keys.lookupKey);
/** What was seen, by the place where it was. */
const seen = new Map<string, string[]>();
const see = (place: string, what: string): void => void seen.set(place, [...(seen.get(place) ?? []), what]);

const privateRedis = {
  dir: fileURLToPath(new URL('../../../.posthorn', import.meta.url)),
  persistent: false,
  log: () => undefined,
};
const collector = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    see('traces', Buffer.concat(chunks).toString('latin1'));
    response.end('{}');
  });
});

let fleet: Fleet;
let stopFleet: () => Promise<void>;
let redis: Redis;
let watching: Awaited<ReturnType<typeof watchCommands>>;
let server: Awaited<ReturnType<typeof startPrivateRedis>>;
const formerEnv = { ...process.env };

beforeAll(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = z.object({ port: z.number() }).parse(collector.address());
  Object.assign(process.env, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
  server = await startPrivateRedis(privateRedis);
  redis = new Redis(server.url, { retryStrategy: () => null });
  redis.on('error', () => undefined);
  // What is stored for a moment only is seen too.
  watching = await watchCommands(redis, ({ words }) => see('what Redis was told', words.join(' ')));
  ({ fleet, stop: stopFleet } = await startTestFleet({
    redisUrl: server.url,
    keys,
    variables: { POSTHORN_SPOOL_DIR: join(folder, 'spool'), POSTHORN_MEDIA_DIR: join(folder, 'media') },
    timing: { sentMs: 10, deliveredMs: 10, readMs: 10 },
    env: process.env,
    logOf: (app) =>
      // The sandbox plays the providers: what it says is theirs.
      createLog({ app, level: 'trace', destination: { write: (line) => app !== 'sandbox' && see('logs', line) } }),
  }));
});

afterAll(async () => {
  watching.close();
  redis.disconnect();
  await stopFleet().catch(() => undefined);
  await server.stop();
  collector.close();
  collector.closeAllConnections();
  process.env = formerEnv;
  rmSync(folder, { recursive: true, force: true });
});

async function call(method: string, url: string, body?: unknown, authorization?: string): Promise<string> {
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: authorization ?? `Bearer ${fleet.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return await answer.text();
}

async function send(channelId: string, to: string, body: string): Promise<string> {
  const sent = { channelId, to, content: { type: 'text', body }, callbackData: `${text} as data` };
  return z.object({ id: z.string() }).parse(JSON.parse(await call('POST', `${fleet.urls.api}/v1/messages`, sent))).id;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > giveUp) throw new Error(`it did not come to this: ${what}`);
    await delay(20);
  }
}

describe('a full run', () => {
  it('leaves no secret, number or text in Redis, logs, metrics, traces, files and Bull Board', async () => {
    const shown = async (id: string): Promise<string> => await call('GET', `${fleet.urls.api}/v1/messages/${id}`);
    // What providers say about a failure may name the person, and quote the text.
    const says = `The number ${numberOf(50)} (${numberOf(50).slice(1)}) cannot be reached with "${text}"`;
    fleet.sandbox.control.faults.add({
      match: { textContains: 'refuse this' },
      action: { kind: 'error', code: 131_026, status: 400, message: says, details: says },
    });
    fleet.sandbox.control.faults.add({
      match: { textContains: 'fail this later' },
      action: { kind: 'fail_later', code: 131_026, details: says },
    });
    fleet.sandbox.control.faults.add({
      match: { textContains: 'no answer' },
      action: { kind: 'http', status: 500, body: says },
    });
    const faults = ['refuse this', 'fail this later', 'no answer'];
    const ended = /"status":"(?:read|failed|held)"|"what":"attempt"[^}]*"code":"\w/u;
    const ids = await Promise.all(
      demoProviders.flatMap(({ channelId }, index) => [
        send(channelId, numberOf(index), `Hello ${text}`),
        ...faults.map(async (fault, at) => await send(channelId, numberOf(10 * at + 10 + index), `${fault} ${text}`)),
      ]),
    );
    const inbound = demoProviders.map((demo) => ({
      demo,
      externalId: demo.write(fleet.sandbox.control, { from: writer, text: `Where is ${text}?` }),
    }));
    for (const id of ids)
      await until(`${id} went as far as it goes: ${await shown(id)}`, async () => ended.test(await shown(id)));
    for (const { demo, externalId } of inbound)
      await until('what was written is among the events', async () =>
        (await call('GET', `${fleet.urls.api}/v1/channels/${demo.channelId}/events`)).includes(externalId ?? '?'),
      );
    // A number in the path of a request: to be counted, found or not, and in a form that none is read from.
    for (const address of [`${numberOf(0)}?dryRun=true`, `${writer}?dryRun=true`, `00${numberOf(1)}x`])
      await call('DELETE', `${fleet.urls.api}/v1/recipients/${address}`);
    const login = `Basic ${Buffer.from(`ops:${keys.opsPassword}`).toString('base64')}`;
    const board = async (path: string): Promise<string> =>
      await call('GET', `${fleet.urls.ops}${path}`, undefined, login);
    const boardOf = async (): Promise<string> => {
      const list = await board('/queues/api/queues');
      const names = z.object({ queues: z.array(z.object({ name: z.string() })) }).parse(JSON.parse(list)).queues;
      const each = names.map(
        async ({ name }) => await board(`/queues/api/queues?activeQueue=${encodeURIComponent(name)}&status=latest`),
      );
      return [list, ...(await Promise.all(each))].join('\n');
    };
    await until('dead letters are in Bull Board', async () => (await boardOf()).includes('"diedAt"'));
    see('Bull Board', await boardOf());
    for (const path of ['/', '/held', '/subscriptions', '/pauses', '/audit'])
      see(`the page ${path} of ops`, await board(path));
    for (const url of Object.values({ ...fleet.urls, workers: '', sandbox: '' }).concat(
      Object.values(fleet.urls.workers),
    ))
      if (url !== '') see('metrics', await call('GET', `${url}/metrics`, undefined, login));
    expectDocumented((seen.get('metrics') ?? []).join('\n'));
    await until('traces came', () => seen.has('traces'));

    const tokens = createTokenStore({ redis, sealer: createSealer(ring) });
    const { token } = await tokens.read(channelIdSchema.parse('demo-kernel'));
    expect(token?.token).toMatch(/.{8}/u);
    const stored = (await readEverything(redis)).flatMap(({ key, values }) => [key, ...values.map(String)]);
    see('Redis', stored.join('\n'));

    // While Redis takes nothing, what is written goes to the disk.
    await redis.client('PAUSE', 60_000, 'WRITE');
    const files = (): string[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    for (const demo of demoProviders)
      demo.write(fleet.sandbox.control, { from: writer, text: `Where is ${text} now?` });
    await until('a call is in the spool', () => files().some((file) => file.length > 100));
    see('the spool', files().join('\n'));
    await redis.client('UNPAUSE');

    const wanted = canaries({
      text: [text],
      number: [
        writer,
        ...demoProviders.flatMap((_, at) => [0, 10, 20, 30].map((tens) => numberOf(tens + at))),
        numberOf(50),
      ],
      secret: [
        ...Object.values(keys.sandbox),
        fleet.apiKey,
        keys.opsPassword,
        keys.lookupKey,
        keys.sealingKeys.slice('k1:'.length),
        token?.token ?? '',
      ],
    });
    expect([...seen.keys()].toSorted()).toEqual([
      'Bull Board',
      'Redis',
      'logs',
      'metrics',
      'the page / of ops',
      'the page /audit of ops',
      'the page /held of ops',
      'the page /pauses of ops',
      'the page /subscriptions of ops',
      'the spool',
      'traces',
      'what Redis was told',
    ]);
    expect(
      [...seen].flatMap(([place, said]) => findCanaries(wanted, said.join('\n')).map((leak) => ({ place, ...leak }))),
    ).toEqual([]);
  });
});

/** The page of metrics tells those of a fleet that runs, with their labels, and no other. */
function expectDocumented(scraped: string): void {
  const [documented, shown] = [documentedMetrics(), shownMetrics(scraped)];
  expect([...shown.keys()].toSorted()).toEqual([...documented.keys()]);
  for (const [name, { kind, labels }] of shown) {
    const told = documented.get(name);
    expect({ name, kind }).toEqual({ name, kind: told?.kind });
    if (labels !== null) expect({ name, labels: labels.toSorted() }).toEqual({ name, labels: told?.labels.toSorted() });
  }
}
