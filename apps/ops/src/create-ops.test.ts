import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, password, startTestOps, user, type TestOps } from './testing/start-test-ops.ts';

describe('ops: without a password', () => {
  let ops: TestOps;
  beforeAll(async () => {
    ops = await startTestOps({ logins: [] });
  });
  afterAll(async () => await ops.close());

  it.each([
    ['GET', '/'],
    ['GET', '/queues'],
    ['GET', '/queues/api/queues'],
    ['PUT', '/queues/api/queues/pause'],
    ['POST', '/channels/x/pause'],
  ])('%s %s is off and says which variable turns it on', async (method, path) => {
    const { status, text } = await ops.call(method, path);
    expect(status).toBe(503);
    expect(text).toContain('POSTHORN_OPS_PASSWORD');
  });

  it.each(['/livez', '/readyz', '/metrics'])('serves %s', async (path) => {
    expect((await ops.call('GET', path)).status).toBe(200);
  });
});

describe('ops: with a password', () => {
  let ops: TestOps;
  beforeAll(async () => {
    ops = await startTestOps();
  });
  afterAll(async () => await ops.close());

  it.each(['/', '/queues/', '/queues/api/queues', '/queues/static/favicon.ico', '/audit', '/nothing-here'])(
    'asks for it at %s',
    async (path) => {
      const { status, headers, text } = await ops.call('GET', path, { authorization: '' });
      expect(status).toBe(401);
      // Not Basic: a browser would ask by itself, and send the password along for ever after.
      expect(headers.get('www-authenticate')).toBe('Session realm="posthorn ops"');
      expect(text).not.toContain('queue');
    },
  );

  it('does not need it for /livez, /readyz and /metrics', async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) {
      expect((await ops.call('GET', path, { authorization: '' })).status).toBe(200);
    }
  });

  it.each([
    ['a wrong password', basic(user, `${password}x`)],
    ['a wrong user', basic('ben', password)],
    ['another scheme', `Bearer ${password}`],
    ['no base64', 'Basic ???'],
  ])('refuses %s', async (_name, authorization) => {
    expect((await ops.call('GET', '/queues/api/queues', { authorization })).status).toBe(401);
  });

  it('never writes the password tried into its log', async () => {
    await ops.call('GET', '/', { authorization: basic(user, 'tried-in-vain-0123') });
    expect(ops.logText()).toContain('a login to ops failed');
    expect(ops.logText()).not.toContain('tried-in-vain-0123');
  });

  it('answers 404 for what is not there', async () => {
    expect((await ops.call('GET', '/nothing-here')).status).toBe(404);
  });

  it.each(['/', '/queues/', '/queues/api/queues', '/queues/static/favicon.ico'])(
    'lets nothing of %s be cached, framed or come from other hosts',
    async (path) => {
      const { status, headers } = await ops.call('GET', path);
      expect(status).toBe(200);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/https?:|\*/u);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('set-cookie')).toBeNull();
    },
  );

  it('leaves no link to another host in the page of Bull Board', async () => {
    const { text } = await ops.call('GET', '/queues/');
    expect(text).toContain('<title>posthorn</title>');
    expect(text).not.toMatch(/(?:href|src)="(?:https?:)?\/\//u);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sister domain', { 'sec-fetch-site': 'same-site' }],
    ['another origin, in a browser that says only that', { 'sec-fetch-site': '', origin: 'http://evil.example' }],
    ['a sandboxed frame', { 'sec-fetch-site': '', origin: 'null' }],
    ['nowhere', { 'sec-fetch-site': '' }],
  ])('refuses to change something for a request from %s', async (_name, headers) => {
    const channel = await ops.addChannel();
    const { status } = await ops.call('POST', `/channels/${channel.id}/pause`, headers);
    expect(status).toBe(403);
    expect(await ops.deps.pauses.reasons(channel)).toEqual([]);
  });
});

it('makes who guesses wait, and then takes the right password again', async () => {
  let nowMs = 1_800_000_000_000;
  const ops = await startTestOps({ clock: { now: () => nowMs } });
  try {
    const guess = async () => (await ops.call('GET', '/', { authorization: basic(user, 'guessed-wrongly') })).status;
    const statuses: number[] = [];
    for (let at = 0; at < 12; at += 1) statuses.push(await guess());
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);

    const waiting = await ops.call('GET', '/');
    expect(waiting.status).toBe(429);
    expect(waiting.headers.get('retry-after')).toBe('60');

    nowMs += 60_000;
    expect((await ops.call('GET', '/')).status).toBe(200);
  } finally {
    await ops.close();
  }
});
