import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createWebhookInbox } from '@posthorn/queue';
import { closeRedis, connectRedis, createMemoryLog, systemClock } from '@posthorn/runtime';
import { createKeyRegister } from '@posthorn/rotation';
import { createSealer, judgeKey, parseKeyRing } from '@posthorn/sealing';
import { z } from 'zod';
import { demoKernel } from './demo-kernel.ts';
import { newKeys } from './keys-file.ts';
import { sealedPlaces } from './sealed-places.ts';
import { readFleetConfig } from './config.ts';
import type { Fleet } from './start-fleet.ts';
import { blobsSealedWith } from './testing/blobs-sealed-with.ts';
import { runHere as run } from './testing/run-here.ts';
import { tempHome, testRedisUrl } from './testing/run-cli.ts';
import { sealEverywhere } from './testing/seal-everywhere.ts';
import { startTestFleet } from './testing/start-test-fleet.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// A database that only this file uses: a rotation walks all of it.
const redisUrl = testRedisUrl().replace(/\d+$/u, '8');
const redis = connectRedis({ url: redisUrl, role: 'admin' });
const home = tempHome();
const keys = newKeys();
const k1 = keys.sealingKeys;
const k2 = newKeys().sealingKeys.replace('k1:', 'k2:');
const ringOf = (sealingKeys: string) => parseKeyRing(sealingKeys, keys.lookupKey);
const registerOf = (sealingKeys: string) => createKeyRegister({ redis, ring: ringOf(sealingKeys), clock: systemClock });

beforeEach(async () => void (await redis.flushdb()));
afterAll(async () => {
  await closeRedis(redis);
  home.remove();
});

/** `posthorn secrets rotate` with that ring. */
async function rotate(sealingKeys: string, ...options: readonly string[]) {
  const env = { POSTHORN_HOME: home.dir, REDIS_URL: redisUrl, POSTHORN_SEALING_KEYS: sealingKeys };
  return await run(['secrets', 'rotate', ...options], { ...env, POSTHORN_LOOKUP_KEY: keys.lookupKey });
}
const reportSchema = z.object({
  ok: z.boolean(),
  removable: z.array(z.string()),
  stillSealing: z.array(z.string()),
  remaining: z.record(z.string(), z.number()),
  places: z.array(z.object({ place: z.string(), resealed: z.number(), current: z.number(), unreadable: z.number() })),
});
const reportOf = async (sealingKeys: string, ...options: readonly string[]) => {
  const { code, stdout } = await rotate(sealingKeys, '--json', ...options);
  return { code, ...reportSchema.parse(JSON.parse(stdout)) };
};

/**
 * Every file that seals, and the places of the rotation it writes to. Whoever seals something new into Redis describes the place in
 * `sealed-places.ts` of its lib, adds it to `testing/seal-everywhere.ts`, and here.
 */
const placesByFile: Readonly<Record<string, readonly string[]>> = {
  'libs/channel/src/create-channel-registry.ts': ['channels'],
  'libs/channel/src/token-store.ts': ['access tokens'],
  'libs/erasure/src/erasure-store.ts': ['addresses of people who are being erased'],
  'libs/ledger/src/sealed-record.ts': [
    'content of messages',
    'provider’s ids of messages',
    'received messages',
    'data of events',
  ],
  'libs/media/src/media-records.ts': ['names of files', 'provider’s ids of files'],
  'libs/queue/src/file-errands.ts': ['errands with files'],
  'libs/queue/src/task-records.ts': ['onboardings'],
  'libs/queue/src/webhook-inbox.ts': ['webhook calls'],
  'libs/subscription/src/create-subscription-registry.ts': ['subscriptions'],
  'libs/subscription/src/delivery-log.ts': ['deliveries to subscribers'],
  // The rotation itself: what it replaces, and its proofs of keys, which go with their keys.
  'libs/rotation/src/create-reseal.ts': [],
  'libs/rotation/src/key-register.ts': [],
  // On disk, not in Redis: docs/operations/secrets.md says how one sees that it is empty.
  'libs/spool/src/create-spool.ts': [],
};

describe('where something lies sealed', () => {
  it('is known to the rotation, whichever file seals it', () => {
    const sealing = ['apps', 'libs']
      .flatMap((folder) =>
        readdirSync(join(root, folder)).flatMap((project) =>
          readdirSync(join(root, folder, project, 'src'), { recursive: true, encoding: 'utf8' })
            .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing/'))
            .map((file) => `${folder}/${project}/src/${file}`),
        ),
      )
      .filter((file) => /\bseal\(|\{[^}]*\bseal\b[^}]*\} = /u.test(readFileSync(join(root, file), 'utf8')));
    const known = Object.keys(placesByFile);
    expect(sealing.filter((file) => !known.includes(file) && !file.startsWith('libs/sealing/'))).toEqual([]);
    expect(known.filter((file) => !sealing.includes(file))).toEqual([]);
    expect(sealedPlaces.map(({ name }) => name).toSorted()).toEqual(Object.values(placesByFile).flat().toSorted());
  });

  it('is sealed anew at every place, and read by its reader with the new key alone', async () => {
    const before = sealEverywhere(redis, createSealer(ringOf(k1)));
    await before.write();
    const written = await before.read();
    for (const [what, value] of Object.entries(written)) expect([what, value]).toEqual([what, expect.anything()]);
    await before.close();

    const dry = await reportOf(`${k2},${k1}`, '--dry-run');
    expect(dry).toMatchObject({ code: 0, ok: true, removable: [] });
    const { remaining, places, ...done } = await reportOf(`${k2},${k1}`);
    expect(done).toMatchObject({ code: 0, ok: true, removable: ['k1'] });
    expect([dry.remaining, remaining]).toEqual([{ k1: expect.any(Number) }, {}]);
    for (const { place, ...counts } of places)
      expect({ place, ...counts }).toEqual({ place, resealed: expect.any(Number), current: 0, unreadable: 0 });
    expect(places.filter(({ resealed }) => resealed === 0)).toEqual([]);
    expect(await blobsSealedWith(redis, 'k1')).toEqual([]);

    const after = sealEverywhere(redis, createSealer(ringOf(k2)));
    expect(await after.read()).toEqual(written);
    await after.close();
  });
});

describe('posthorn secrets rotate', () => {
  it('ends with 1 where something cannot be opened, says which key is missing and what to do', async () => {
    const before = sealEverywhere(redis, createSealer(ringOf(k1)));
    await before.write();
    await before.close();
    const { code, stdout, stderr } = await rotate(k2);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/content of messages\s+0\s+0\s+1\s+0/u)]);
    expect(stderr).toMatch(/cannot be opened, like posthorn:\{.*Put "k1" back into POSTHORN_SEALING_KEYS/u);
    expect(stderr).toContain('Still in use besides "k2": "k1" (');
    expect((await rotate(`${k2},${k1}`)).stderr).toMatch(/May go from POSTHORN_SEALING_KEYS, once.*: "k1"/u);
  });

  it('refuses where an app could not open what it seals, and changes nothing', async () => {
    await redis.hset('posthorn:{channels}:all', 'one', createSealer(ringOf(k1)).seal('{}', 'channel one'));
    await registerOf(k1).note();
    const unknown = await rotate(`${k2},${k1}`);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('does not have the key "k2"')]);
    await redis.del('posthorn:{keys}:rings');
    await registerOf(`${k1},${k2}`).note();
    const behind = await rotate(`${k2},${k1}`);
    expect([behind.code, behind.stderr]).toEqual([1, expect.stringContaining('No app seals with "k2"')]);
    await redis.del('posthorn:{keys}:rings');
    await registerOf(`${k2},${k1}`).note();
    const back = await rotate(`${k1},${k2}`);
    expect([back.code, back.stderr]).toEqual([1, expect.stringContaining('No app seals with "k1"')]);
    const another = await rotate(newKeys().sealingKeys);
    expect([another.code, another.stderr]).toEqual([
      1,
      expect.stringContaining('"k1" in POSTHORN_SEALING_KEYS is another'),
    ]);
    expect(await blobsSealedWith(redis, 'k2')).not.toContain('posthorn:{channels}:all');
  });

  it('is in the audit, a dry run is not', async () => {
    await rotate(`${k2},${k1}`, '--dry-run');
    await rotate(`${k2},${k1}`, '--by', 'ann');
    const env = { POSTHORN_HOME: home.dir, REDIS_URL: redisUrl, POSTHORN_SEALING_KEYS: k2 };
    const { stdout } = await run(['audit', '--json'], { ...env, POSTHORN_LOOKUP_KEY: keys.lookupKey });
    const entry = { by: 'cli:ann', action: 'secrets.rotate', changed: ['k2'] };
    expect(JSON.parse(stdout)).toMatchObject([
      { ...entry, result: '0 sealed anew, 0 unreadable, 0 left' },
      { ...entry, result: 'begun' },
    ]);
  });
});

describe('posthorn secrets generate', () => {
  it('makes keys that every app takes, with ids of their own', async () => {
    const made = await Promise.all(
      ['', '', '--lookup'].map(async (more) => await run(['secrets', 'generate', more].filter(Boolean), {})),
    );
    const [one = '', two = '', lookup = ''] = made.map(({ stdout }) => stdout.trim());
    const ring = parseKeyRing(`${one},${two}`, lookup);
    expect([...ring.keyById.values()].map(judgeKey)).toEqual([null, null]);
    expect(() =>
      readFleetConfig({}, { POSTHORN_SEALING_KEYS: `${one},${two}`, POSTHORN_LOOKUP_KEY: lookup }),
    ).not.toThrow();
    const guessable = { POSTHORN_SEALING_KEYS: `k1:${'A'.repeat(43)}=`, POSTHORN_LOOKUP_KEY: lookup };
    expect(() => readFleetConfig({}, guessable)).toThrow('the key "k1" is one byte, repeated');
    expect((await run(['secrets', 'generate', '--id', 'k9'], {})).stdout).toMatch(/^k9:[\w+/]{43}=\n$/u);
    expect((await run(['secrets', 'generate', '--id', 'k 9'], {})).code).toBe(1);
  });
});

describe('a rotation while the fleet runs', () => {
  const memory = createMemoryLog();
  let fleet: Fleet;

  /** Every app in this process, each with the ring it has at that moment of a roll-out. */
  async function startWith(ringOfApps: {
    readonly ingress: string;
    readonly others: string;
  }): Promise<() => Promise<void>> {
    const started = await startTestFleet({
      redisUrl,
      keys: { ...keys, sealingKeys: ringOfApps.others },
      variables: { POSTHORN_SPOOL_DIR: join(home.dir, 'spool'), POSTHORN_MEDIA_DIR: join(home.dir, 'media') },
      change: (config) => ({ ...config, ingress: { ...config.ingress, POSTHORN_SEALING_KEYS: ringOfApps.ingress } }),
      timing: { sentMs: 5, deliveredMs: 5, readMs: 5 },
      demos: [demoKernel],
      logOf: (app) => memory.log.child({ app }),
    });
    fleet = started.fleet;
    return started.stop;
  }

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${fleet.apiKey}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return await (await fetch(`${fleet.urls.api}${path}`, { method, headers, ...sent })).json();
  }
  async function send(to: string): Promise<string> {
    const message = { channelId: demoKernel.channelId, to, content: { type: 'text', body: 'Hello' } };
    return z.object({ id: z.string() }).parse(await call('POST', '/v1/messages', message)).id;
  }
  async function untilRead(ids: readonly string[]): Promise<void> {
    for (const id of ids)
      while (!JSON.stringify(await call('GET', `/v1/messages/${id}`)).includes('"status":"read"')) await delay(20);
  }
  const faults = () => memory.lines().filter(({ level }) => level === 'error' || level === 50);

  it('loses nothing while rings are mixed, and ends with the former key gone', async () => {
    // In the middle of the second step: ingress seals with the new key already, all others with the former one.
    const stopMixed = await startWith({ ingress: `${k2},${k1}`, others: `${k1},${k2}` });
    const numberOf = (at: number): string => `+1555731${String(at).padStart(4, '0')}`;
    const ids: string[] = [];
    const rotated = { done: false };
    const rotating = rotate(`${k2},${k1}`).finally(() => (rotated.done = true));
    for (let at = 0; at < 10 || (!rotated.done && at < 100); at += 1) {
      ids.push(await send(numberOf(at)));
      demoKernel.write(fleet.sandbox.control, { from: numberOf(at), text: 'Hello yourself' });
    }
    // It says that it is not at its end: there are apps that go on sealing with the former key.
    expect(await rotating).toMatchObject({ code: 1, stderr: expect.stringContaining('still seal with "k1"') });
    await untilRead(ids);
    await stopMixed();

    // The third step: the first key is the new one everywhere. Three minutes later apps with another order are forgotten.
    await redis.del('posthorn:{keys}:rings');
    await registerOf(`${k2},${k1}`).note();
    expect(await reportOf(`${k2},${k1}`)).toMatchObject({ code: 0, ok: true, removable: ['k1'] });
    expect(await blobsSealedWith(redis, 'k1')).toEqual([]);

    // The fourth: the former key is gone.
    const stop = await startWith({ ingress: k2, others: k2 });
    const more = await Promise.all([20, 21, 22].map(async (at) => await send(numberOf(at))));
    await untilRead([...ids, ...more]);
    const [first = ''] = ids;
    expect(await call('GET', `/v1/messages/${first}`)).toMatchObject({ to: numberOf(0) });
    // The look-up key did not rotate: who was written to before is found by number.
    expect(
      JSON.stringify(
        await call(
          'GET',
          `/v1/messages?recipient=${encodeURIComponent(numberOf(0))}&channelId=${demoKernel.channelId}`,
        ),
      ),
    ).toContain(first);
    expect(faults()).toEqual([]);

    // Whatever the former key sealed after that is told, and kept until the key is back.
    const inbox = createWebhookInbox({ redis, sealer: createSealer(ringOf(k1)) });
    const late = { url: '/late', body: Buffer.from('{}'), headers: {}, query: {} };
    await inbox.store({
      provider: demoKernel.provider.id,
      channelId: demoKernel.channelId,
      call: late,
      receivedAtMs: 1,
    });
    while (faults().length === 0) await delay(20);
    expect(faults()).toMatchObject([{ msg: expect.stringContaining('add that key back'), app: 'worker-kernel' }]);
    expect(await blobsSealedWith(redis, 'k1')).toHaveLength(1);
    await stop();
  });
});
