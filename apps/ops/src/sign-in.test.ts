import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appRoutes } from '@bull-board/api/dist/routes.js';
import { deadQueue } from '@posthorn/queue';
import { sessionMs } from './create-sessions.ts';
import { localPath } from './sign-in-routes.ts';
import { basic, password, startTestOps, user, viewer, type TestOps } from './testing/start-test-ops.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: '' };
let nowMs = 1_800_000_000_000;
let ops: TestOps;
beforeAll(async () => {
  ops = await startTestOps({ clock: { now: () => nowMs } });
});
afterAll(async () => await ops.close());

async function signIn(fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
  const answer = await ops.call('POST', '/sign-in', { ...form, ...headers }, new URLSearchParams(fields).toString());
  const cookie = answer.headers.get('set-cookie') ?? '';
  return { ...answer, cookie, pair: cookie.split(';', 1)[0] ?? '' };
}

const withCookie = (pair: string) => ({ authorization: '', cookie: pair });

describe('signing in', () => {
  it('is where a browser is led that opens a page, and from where it comes back', async () => {
    const asked = await ops.call('GET', '/queues/?x=1', { authorization: '', accept: 'text/html,*/*' });
    expect([asked.status, asked.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fqueues%2F%3Fx%3D1']);
    const page = await ops.call('GET', '/sign-in?to=%2Fqueues%2F%3Fx%3D1', { authorization: '' });
    expect(page.status).toBe(200);
    expect(page.text).toContain('name="to" value="/queues/?x=1"');
    const { status, headers } = await signIn({ user, password, to: '/queues/?x=1' });
    expect([status, headers.get('location')]).toEqual([303, '/queues/?x=1']);
  });

  it('gives a strict cookie, by https only where https is spoken', async () => {
    expect((await signIn({ user, password })).cookie).toMatch(
      /^posthorn-ops=[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/u,
    );
    expect((await signIn({ user, password }, { 'x-forwarded-proto': 'https' })).cookie).toMatch(
      /^__Host-posthorn-ops=.*; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/u,
    );
  });

  it('opens the pages, says who one is, and ends with the time', async () => {
    const { pair } = await signIn({ user, password });
    const page = await ops.call('GET', '/', withCookie(pair));
    expect(page.status).toBe(200);
    expect(page.text).toContain('anna <small>operator</small>');
    expect(page.headers.get('set-cookie')).toBeNull();
    nowMs += sessionMs;
    expect((await ops.call('GET', '/', withCookie(pair))).status).toBe(401);
  });

  it('ends with signing out, also for who copied the cookie', async () => {
    const { pair } = await signIn({ user, password });
    const out = await ops.call('POST', '/sign-out', withCookie(pair));
    expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-in']);
    expect(out.headers.get('set-cookie')).toContain('posthorn-ops=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0');
    expect((await ops.call('GET', '/', withCookie(pair))).status).toBe(401);
  });

  it('takes no cookie that was changed, made by others, or is of a login with another password now', async () => {
    const { pair } = await signIn({ user: viewer.user, password: viewer.password });
    const [payload = '', signature = ''] = pair.replace('posthorn-ops=', '').split('.');
    const claims: object = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const asAnna = Buffer.from(JSON.stringify({ ...claims, user })).toString('base64url');
    for (const token of [`${asAnna}.${signature}`, `${payload}.`, payload, 'x', '', `${payload}.${'A'.repeat(43)}`])
      expect((await ops.call('GET', '/', withCookie(`posthorn-ops=${token}`))).status).toBe(401);
    expect((await ops.call('GET', '/', withCookie(pair))).status).toBe(200);
    const changed = await startTestOps({ logins: [{ ...viewer, password: 'another-password' }] });
    expect((await fetch(changed.url, { headers: { cookie: pair } })).status).toBe(401);
    await changed.close();
  });

  it('is refused from other sites: nobody is signed in as somebody else', async () => {
    const { status, cookie } = await signIn({ user, password }, { 'sec-fetch-site': 'cross-site' });
    expect([status, cookie]).toEqual([403, '']);
  });

  it.each([
    ['a wrong password', { user, password: `${password}x` }],
    ['another one’s password', { user, password: viewer.password }],
    ['nobody', { user: 'ben', password }],
    ['nothing', {}],
  ])('refuses %s in the same words', async (_name, fields) => {
    const { status, text, cookie } = await signIn(fields);
    expect([status, cookie]).toEqual([401, '']);
    expect(text).toContain('This user and password do not fit.');
    expect(text).not.toContain(password);
  });

  it('is slowed down for who guesses, while who is signed in goes on', async () => {
    nowMs += 60_000;
    const { pair } = await signIn({ user, password });
    for (let at = 0; at < 10; at += 1) await signIn({ user, password: 'guessed-wrongly' });
    const waiting = await signIn({ user, password });
    expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([429, '60']);
    expect((await ops.call('GET', '/', withCookie(pair))).status).toBe(200);
    nowMs += 60_000;
    expect((await signIn({ user, password })).status).toBe(303);
  });

  it.each([
    ['//evil.example/', '/'],
    ['/\\evil.example/', '/'],
    ['https://evil.example/', '/'],
    ['/..//evil.example', '/evil.example'],
    ['', '/'],
    ['/queues/queue/a?b=c', '/queues/queue/a?b=c'],
  ])('leads to no other host: %j', (to, expected) => {
    expect(localPath(to)).toBe(expected);
  });
});

describe('a viewer', () => {
  const asViewer = { authorization: basic(viewer.user, viewer.password) };

  it('sees channels, queues and changes, without buttons', async () => {
    await ops.addChannel();
    for (const path of ['/', '/audit', '/queues/', '/queues/api/queues'])
      expect((await ops.call('GET', path, asViewer)).status).toBe(200);
    expect((await ops.call('GET', '/', asViewer)).text).not.toContain('action="/channels/');
    expect((await ops.call('GET', '/', {})).text).toContain('action="/channels/');
    expect((await ops.call('GET', '/queues/posthorn.css', asViewer)).text).toContain('queueActions');
  });

  it('changes nothing: every route of ops and of Bull Board that is not mere reading says 403', async () => {
    const channel = await ops.addChannel();
    const { letterId } = await ops.addDead(channel);
    const board = appRoutes.api.flatMap(({ method, route }) =>
      [method]
        .flat()
        .filter((one) => one !== 'get')
        .flatMap((one) => [route].flat().map((path) => [one.toUpperCase(), `/queues${path}`] as const)),
    );
    const all = [
      ...board,
      ['POST', `/channels/${channel.id}/pause`],
      ['POST', `/channels/${channel.id}/resume`],
    ] as const;
    for (const [method, route] of all) {
      const path = route.replace(':queueName', deadQueue(ops.provider).name).replace(':jobId', letterId);
      const { status, text } = await ops.call(
        method,
        path.replace(':queueStatus', 'failed').replace(/:\w+/u, 'any'),
        asViewer,
      );
      expect({ path, status, text }).toMatchObject({
        status: 403,
        text: expect.stringContaining('A viewer changes nothing'),
      });
    }
    expect(await ops.deps.pauses.reasons(channel)).toEqual([]);
    expect(await ops.deadLetters.get(ops.provider, letterId)).not.toBeNull();
  });
});

describe('the audit trail', () => {
  it('keeps who did what and when, and what was refused, and is shown', async () => {
    const channel = await ops.addChannel('<i>');
    const { letterId } = await ops.addDead(channel);
    await ops.call('POST', `/channels/${channel.id}/pause`);
    await ops.call('POST', `/channels/${channel.id}/pause`, { authorization: basic(viewer.user, viewer.password) });
    await ops.call('PUT', `/queues/api/queues/${deadQueue(ops.provider).name}/${letterId}/retry`);
    await ops.call('PUT', `/queues/api/queues/${deadQueue(ops.provider).name}/clean/failed`);
    const { pair } = await signIn({ user: viewer.user, password: viewer.password });
    await ops.call('POST', '/sign-out', withCookie(pair));
    const newest = await ops.deps.audit.list({ tenantId: '*', limit: 4 });
    expect(newest.map(({ by, action, result }) => [by, action, result])).toEqual([
      ['ops:vera', 'sign out', 'done'],
      ['ops:vera', 'sign in', 'done'],
      [
        'ops:anna',
        `PUT /queues/api/queues/:queueName/clean/:queueStatus ${deadQueue(ops.provider).name}`,
        'refused (403)',
      ],
      ['ops:vera', `pause channel ${channel.id}`, 'refused (403)'],
    ]);
    // What is of a tenant stands in its own trail.
    expect(await ops.deps.audit.list({ tenantId: 'default', limit: 2 })).toMatchObject([
      { by: 'ops:anna', action: 'dead_letter.replay', channelId: channel.id, result: 'replayed' },
      { by: 'ops:anna', action: 'channel.pause', result: 'paused' },
    ]);
    await ops.deps.audit.record({
      by: 'cli:ada',
      action: 'channel.rotate',
      tenantId: 'default',
      channelId: channel.id,
      changed: ['/settings/accessToken'],
      result: 'rotated',
    });
    const { text } = await ops.call('GET', '/audit', { authorization: basic(viewer.user, viewer.password) });
    expect(text).toContain(`channel.pause ${channel.id}`);
    expect(text).toMatch(/vera[^]*refused[^]*403/u);
    expect(text).toMatch(
      new RegExp(`cli:ada[^]*channel.rotate ${channel.id} [(]/settings/accessToken[)][^]*rotated`, 'u'),
    );
    expect(text).not.toContain(password);
    const [last] = await ops.deps.audit.list({ tenantId: 'default', limit: 1 });
    const older = await ops.call('GET', `/audit?before=${encodeURIComponent(last?.id ?? '')}`);
    expect(older.text).toContain('channel.pause');
    expect(older.text).not.toContain('channel.rotate');
    expect((await ops.call('GET', '/audit?before=yesterday')).status).toBe(404);
  });

  it('keeps failed logins, under names that there are only, and no more than 30 in an hour', async () => {
    nowMs += 3_600_000;
    const refused = async () =>
      (await ops.deps.audit.list({ limit: 100 })).filter(
        ({ atMs, result }) => atMs >= begun && result.includes('(401)'),
      );
    const begun = (await ops.deps.audit.list({ tenantId: '*', limit: 1 }))[0]?.atMs ?? 0;
    const before = (await refused()).length;
    await signIn({ user, password: 'a guess of many characters' });
    await signIn({ user: 'typed-into-the-wrong-field', password: '' });
    await ops.call('GET', '/', { authorization: basic(user, 'another guess') });
    const told = (await refused()).slice(0, 3);
    expect(told.map(({ by, action }) => [by, action])).toEqual([
      ['ops:anna', 'sign in'],
      ['ops:unknown', 'sign in'],
      ['ops:anna', 'sign in'],
    ]);
    for (let round = 0; round < 5; round += 1) {
      nowMs += 60_000;
      for (let guess = 0; guess < 10; guess += 1) await signIn({ user, password: `guess ${guess}` });
    }
    const all = await refused();
    expect(all.length - before).toBe(30);
    expect(all[0]?.result).toContain('more in this hour are only counted and logged');
    expect(JSON.stringify(all)).not.toMatch(/guess|typed/u);
    nowMs += 3_600_000;
    await signIn({ user, password: 'a guess of many characters' });
    expect(await refused()).toHaveLength(before + 31);
    nowMs += 60_000;
  });

  it('is not written by who only looks, or is nobody', async () => {
    const [last] = await ops.deps.audit.list({ limit: 1 });
    await ops.call('GET', '/');
    await ops.call('POST', '/channels/x/pause', { authorization: '' });
    expect(await ops.deps.audit.list({ limit: 1 })).toEqual([last]);
  });
});
