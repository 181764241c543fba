import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPrivateCluster } from '@posthorn/private-redis';
import { keysOf } from '@posthorn/queue';
import { closeRedis, connectRedis } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { demoProviders } from './demo-providers.ts';
import { newKeys } from './keys-file.ts';
import type { Fleet } from './start-fleet.ts';
import { blobsSealedWith } from './testing/blobs-sealed-with.ts';
import { canaries, findCanaries } from './testing/canaries.ts';
import { openEverything } from './testing/open-everything.ts';
import { runHere } from './testing/run-here.ts';
import { tempHome } from './testing/run-cli.ts';
import { startTestFleet } from './testing/start-test-fleet.ts';

/** The rules as operators copy them, with what a cluster needs besides. */
const page = readFileSync(new URL('../../../docs/operations/redis-acl.md', import.meta.url), 'utf8');
const rules = [...page.matchAll(/^user (?<name>\S+) (?<rest>.+)$/gmu)].map(({ groups }) => ({
  name: groups?.['name'] ?? '',
  rest: `${groups?.['rest'] ?? ''} ${page.match(/`(?<more>\+cluster\|[^`]+)`/u)?.groups?.['more'] ?? ''}`
    .trim()
    .split(' '),
  password: />(?<password>\S+)/u.exec(groups?.['rest'] ?? '')?.groups?.['password'] ?? '',
}));

const cluster = await startPrivateCluster({
  masters: 3,
  dir: fileURLToPath(new URL('../../../.posthorn', import.meta.url)),
});
const admins = cluster.nodes.map(({ port }) => new Redis(port));
for (const admin of admins) {
  await admin.acl('SETUSER', 'admin', 'on', '>admin', '~*', '&*', '+@all');
  await admin.auth('admin', 'admin');
  for (const { name, rest } of rules) await admin.acl('SETUSER', name, ...rest);
}
const urlOf = (name: string): string => {
  const password = rules.find((user) => user.name === name)?.password ?? '';
  return cluster.url.replace('//', `//${name}:${password}@`);
};

afterAll(async () => {
  for (const admin of admins) admin.disconnect();
  await cluster.stop();
});

describe('a fleet on a cluster of three masters, each app with a Redis user of its own', () => {
  const keys = newKeys();
  const home = tempHome();
  let fleet: Fleet;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ fleet, stop } = await startTestFleet({
      redisUrl: urlOf('posthorn-cli'),
      redisUrlOf: (app) => urlOf(`posthorn-${app.startsWith('worker-') ? 'worker' : app}`),
      keys,
      // Providers repeat a call only so often: without a place on disk one is lost where the cluster does not answer for some seconds.
      variables: { POSTHORN_SPOOL_DIR: join(home.dir, 'spool') },
    }));
  });
  afterAll(async () => {
    await stop();
    home.remove();
  });

  async function api(method: string, path: string, body?: unknown): Promise<unknown> {
    const key = { 'idempotency-key': randomUUID() };
    for (;;) {
      const answer = await fetch(`${fleet.urls.api}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${fleet.apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/json', ...key }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const said: unknown = await answer.json();
      // A cluster whose machine is busy may not answer in time, and be asked again.
      if (answer.status !== 503) return said;
      await delay(100);
    }
  }
  const idSchema = z.object({ id: z.string() });
  const send = async (channelId: string, body: string, more: object = {}): Promise<string> =>
    idSchema.parse(
      await api('POST', '/v1/messages', { channelId, to: '+15550001111', content: { type: 'text', body }, ...more }),
    ).id;
  const ended = async (id: string): Promise<unknown> => {
    for (;;) {
      const { status } = z.object({ status: z.string() }).parse(await api('GET', `/v1/messages/${id}`));
      if (status === 'read' || status === 'failed') return status;
      await delay(50);
    }
  };

  async function posthorn(...args: readonly string[]): Promise<string> {
    const env = {
      REDIS_URL: urlOf('posthorn-cli'),
      POSTHORN_SEALING_KEYS: keys.sealingKeys,
      POSTHORN_LOOKUP_KEY: keys.lookupKey,
      POSTHORN_URL: fleet.urls.api,
      POSTHORN_API_KEY: fleet.apiKey,
      POSTHORN_PUBLIC_URL: fleet.urls.api,
    };
    return (await runHere(args, env)).stdout;
  }

  it('sends through every provider until the message is read', async () => {
    for (const { channelId } of demoProviders) expect(await ended(await send(channelId, 'Hello'))).toBe('read');
  });

  it('replays a dead letter, pauses and says why, and shows its queues', async () => {
    const demo = 'demo-whatsapp-cloud';
    fleet.sandbox.control.faults.add({
      match: { textContains: 'once' },
      times: 1,
      action: { kind: 'error', code: 131026 },
    });
    const dead = await send(demo, 'refused once');
    expect(await ended(dead)).toBe('failed');
    const letters = z.array(z.object({ id: z.string(), messageId: z.string() }));
    let letter: string | undefined;
    while (letter === undefined)
      letter = letters
        .parse(JSON.parse(await posthorn('dlq', 'ls', '--json')))
        .find((each) => each.messageId === dead)?.id;
    expect(await posthorn('dlq', 'replay', letter)).toContain(letter);
    expect(await ended(dead)).toBe('read');

    await posthorn('pause', '--channel', demo);
    expect(await posthorn('why', await send(demo, 'waits'))).toContain('paused');
    await posthorn('resume', '--channel', demo);
    const headers = { authorization: `Basic ${Buffer.from(`ops:${keys.opsPassword}`).toString('base64')}` };
    for (const path of ['/', '/audit', '/queues/api/queues'])
      expect((await fetch(`${fleet.urls.ops}${path}`, { headers })).status).toBe(200);
    // Whatever was refused to anybody stands here.
    expect(await Promise.all(admins.map(async (admin) => await admin.acl('LOG')))).toEqual([[], [], []]);
    // Doctor goes without what it is refused (CLIENT LIST).
    expect(JSON.parse(await posthorn('doctor', '--no-providers', '--json'))).toMatchObject({
      findings: expect.arrayContaining([{ check: 'redis', level: 'ok', says: expect.stringContaining('3 masters') }]),
    });
  });

  it('lies on all three, and what begins alike is found wherever it lies', async () => {
    const redis = connectRedis({ url: urlOf('posthorn-cli'), role: 'admin' });
    // Messages stay; locks, hints and markers come and go meanwhile.
    const there = await Promise.all(admins.map(async (admin) => await admin.keys('posthorn:{demo-*}:m:*')));
    const found = (await keysOf(redis, 'posthorn:{demo-')).filter((key) => key.includes('}:m:'));
    expect(there.flat().length).toBeGreaterThan(3);
    expect(found.toSorted()).toEqual(there.flat().toSorted());
    expect(await Promise.all(admins.map(async (admin) => (await admin.dbsize()) > 0))).toEqual([true, true, true]);
    await closeRedis(redis);
  });

  it('erases a person from all of them, and nobody else', async () => {
    const [person, other] = [
      { number: '+15557319301', text: 'umbra-lemur-theirs' },
      { number: '+15558842207', text: 'cobalt-heron-others' },
    ] as const;
    const ids: string[] = [];
    for (const demo of demoProviders)
      for (const { number, text } of [person, other]) {
        ids.push(await send(demo.channelId, text, { to: number }));
        demo.write(fleet.sandbox.control, { from: number, text });
      }
    const sendAt = new Date(Date.now() + 3_600_000).toISOString();
    const waiting = await send('demo-twilio', person.text, { to: person.number, sendAt });
    for (const id of ids) expect(await ended(id)).toBe('read');
    for (const { channelId } of demoProviders) {
      const events = async () => JSON.stringify(await api('GET', `/v1/channels/${channelId}/events?limit=1000`));
      while ((await events()).split('"message.received"').length < 3) await delay(50);
    }

    const sealer = createSealer(parseKeyRing(keys.sealingKeys, keys.lookupKey));
    /** On each master the keys in which something of somebody stands, once it is opened. */
    const keysWith = async ({ number, text }: typeof person | typeof other) => {
      const wanted = canaries({ number: [number], text: [text] });
      return await Promise.all(
        admins.map(async (admin) =>
          [...(await openEverything(admin, sealer))].flatMap(([key, said]) =>
            findCanaries(wanted, said).length > 0 ? key : [],
          ),
        ),
      );
    };
    const before = await keysWith(person);
    expect(before.filter((found) => found.length > 0).length).toBeGreaterThan(1);

    const erasure = z.looseObject({ state: z.string(), links: z.object({ self: z.string() }) });
    let view = erasure.parse(await api('DELETE', `/v1/recipients/${person.number}`));
    while (view.state !== 'finished') {
      await delay(50);
      view = erasure.parse(await api('GET', view.links.self));
    }
    expect(view).toMatchObject({ counts: { messages: 5, cancelledMessages: 1, receivedMessages: 4 } });
    expect(await keysWith(person)).toEqual([[], [], []]);
    expect((await keysWith(other)).flat().length).toBeGreaterThanOrEqual(8);
    expect(await api('GET', `/v1/messages/${waiting}`)).toMatchObject({ status: 'cancelled', to: null });
    expect(await Promise.all(admins.map(async (admin) => await admin.acl('LOG')))).toEqual([[], [], []]);
  });

  it('seals everything anew, whichever of them it lies on', async () => {
    const k2 = newKeys().sealingKeys.replace('k1:', 'k2:');
    const env = { REDIS_URL: urlOf('posthorn-cli'), POSTHORN_LOOKUP_KEY: keys.lookupKey };
    const rotate = async (...options: readonly string[]) =>
      await runHere(['secrets', 'rotate', ...options], { ...env, POSTHORN_SEALING_KEYS: `${k2},${keys.sealingKeys}` });
    expect((await rotate()).stderr).toContain('does not have the key "k2"');
    await stop();
    const redis = connectRedis({ url: urlOf('posthorn-cli'), role: 'admin' });
    // As three minutes later, of a fleet that has never noted its keys.
    for (const what of ['proofs', 'rings']) await redis.del(`posthorn:{keys}:${what}`);
    await closeRedis(redis);
    const done = await rotate();
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('Still in use besides "k2": no key')]);
    expect(done.stdout).toMatch(/content of messages\s+[1-9]/u);
    expect(await Promise.all(admins.map(async (admin) => await blobsSealedWith(admin, 'k1')))).toEqual([[], [], []]);
  });
});
