import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { fleetEnv, startUp, tempHome, testRedisUrl } from './testing/run-cli.ts';
import { runHere as run } from './testing/run-here.ts';

const home = tempHome();
const dir = mkdtempSync(join(tmpdir(), 'posthorn-channels-'));
// The Redis of up.test.ts: all tests of a project run one after the other.
const env = fleetEnv(home.dir);
let up: Awaited<ReturnType<typeof startUp>>;

beforeAll(async () => {
  const redis = new Redis(testRedisUrl());
  await redis.flushdb();
  await redis.quit();
  up = await startUp(env);
});
afterAll(async () => {
  up.kill('SIGTERM');
  await up.done;
  home.remove();
  rmSync(dir, { recursive: true });
});

const demo = ['demo-whatsapp-cloud', 'demo-kernel', 'demo-infobip', 'demo-twilio'];
const inSandbox = async (path: string): Promise<unknown> => {
  const answer: unknown = await (await fetch(`${up.sandboxUrl}/_sandbox/${path}`)).json();
  return answer;
};

describe('channels at their providers, played by the sandbox', () => {
  it.each(demo)('%s: its credentials are proven, its webhook is registered, and again', async (id) => {
    const verified = await run(['channels', 'verify', id], env);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('takes its credentials') });
    const provider = id.slice('demo-'.length);
    for (const _ of [1, 2]) {
      const connected = await run(['channels', 'connect', id, '--json'], env);
      expect({ code: connected.code, ...z.looseObject({}).parse(JSON.parse(connected.stdout)) }).toMatchObject({
        code: 0,
        kind: 'registered',
        facts: { webhook: expect.stringContaining(`/webhooks/${provider}/${id}`) },
      });
    }
    const accounts = JSON.stringify(await inSandbox(`${provider}/accounts`));
    expect(accounts).toContain(`${up.apiUrl}/webhooks/${provider}/${id}`);
    if (provider === 'twilio') expect(accounts).toContain('#rc=3&rp=all&ct=2000&rt=4000');
  });

  it('bring what people write over the address that was registered', async () => {
    const write = async (path: string, body: unknown) =>
      await fetch(`${up.sandboxUrl}/_sandbox/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await write('infobip/inbound', { sender: '15550000002', from: '15550009999', text: 'Hi' });
    await write('kernel/inbound', { clientId: 'demo', from: '15550009999', text: 'Hi' });
    await write('twilio/inbound', { to: '+15550000001', from: '+15550009999', text: 'Hi' });
    await write('whatsapp-cloud/inbound', {
      phoneNumberId: '100000000000001',
      from: '15550009999',
      type: 'text',
      text: { body: 'Hi' },
    });
    const stats = z.looseObject({
      callbacks: z.looseObject({ updatesDelivered: z.number() }),
      pendingUpdates: z.number(),
    });
    let told = stats.parse(await inSandbox('stats'));
    while (told.pendingUpdates > 0 || told.callbacks.updatesDelivered < 4) told = stats.parse(await inSandbox('stats'));
    expect(told.callbacks).toMatchObject({ updatesAbandoned: 0 });
  });

  it('are refused with wrong credentials, in words and with an exit code', async () => {
    const rotated = await run(['channels', 'rotate', 'demo-infobip', '--set-env', 'auth.apiKey=WRONG', '--by', 'ada'], {
      ...env,
      WRONG: 'hush-wrong-key',
    });
    expect(rotated).toMatchObject({ code: 0, stdout: expect.stringContaining('settings.auth.apiKey changed') });
    const verified = await run(['channels', 'verify', 'demo-infobip'], env);
    expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('refuses its credentials') });
    const connected = await run(['channels', 'connect', 'demo-infobip'], env);
    expect(connected).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is not connected: the provider refused'),
    });
    const history = await run(['channels', 'history', 'demo-infobip'], env);
    expect(history.stdout).toContain('cli:ada');
    for (const { stdout, stderr } of [rotated, verified, connected, history])
      expect(stdout + stderr).not.toContain('hush');
  });

  it('rotate secrets of ours, and tell the provider', async () => {
    const rotated = await run(['channels', 'rotate', 'demo-kernel', '--connect', '--json'], env);
    expect(rotated).toMatchObject({ code: 0 });
    expect(JSON.parse(rotated.stdout)).toMatchObject({
      changed: ['settings.apiKeys'],
      connected: { kind: 'registered' },
    });
    const none = await run(['channels', 'rotate', 'demo-twilio'], env);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('makes all secrets itself') });
  });
});

describe('channels add', () => {
  const flags = ['--provider', 'kernel', '--set', 'version=v2', '--set-env', 'clientSecret=SECRET'];

  it('tells all that is missing at once, where there is nobody to ask', async () => {
    const { code, stderr } = await run(['channels', 'add', '--provider', 'twilio', '--id', 'rome'], env);
    expect(code).toBe(1);
    for (const flag of ['--set accountSid', '--set-env authToken', '--set from']) expect(stderr).toContain(flag);
  });

  it('stores, proves, connects and sends a test message', async () => {
    const account = { clientSecret: 'hush-secret-1', displayPhoneNumber: '15550000009', version: 'v2' };
    await fetch(`${up.sandboxUrl}/_sandbox/kernel/accounts/madrid`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
    const places = ['--set', `apiUrl=${up.sandboxUrl}`, '--set', `tokenUrl=${up.sandboxUrl}/token`];
    const added = await run(
      ['channels', 'add', '--id', 'madrid', '--set', 'clientId=madrid', ...flags, ...places, '--json'],
      { ...env, SECRET: account.clientSecret },
    );
    expect(added.code).toBe(0);
    expect(added.stderr).toContain(`${up.apiUrl}/webhooks/kernel/madrid`);
    expect(JSON.parse(added.stdout)).toMatchObject({
      verdict: { kind: 'proven' },
      registration: { kind: 'registered' },
    });
    expect(added.stdout + added.stderr).not.toContain('hush');
    expect(JSON.stringify(await inSandbox('kernel/accounts'))).toMatch(
      /webhooks\/kernel\/madrid\?apikey=[\w-]{32}&channelId=madrid/u,
    );
    expect((await run(['channels', 'rm', 'madrid'], env)).stdout).toContain('madrid is removed.');
    const again = await run(['channels', 'add', '--id', 'madrid', '--set', 'clientId=madrid', ...flags, ...places], {
      ...env,
      SECRET: account.clientSecret,
    });
    expect(again.stderr).toContain('/id: expected an id that was not used before');
  });
});

describe('channels apply', () => {
  it('brings channels to what the file says, and says what it would do', async () => {
    const text = `channels:
  - id: lisbon
    provider: infobip
    settings: { sender: '15551112222', baseUrl: 'https://x.example.test', auth: { type: api_key, apiKey: { env: LISBON_KEY } } }`;
    const file = join(dir, 'channels.yaml');
    writeFileSync(file, text);
    const here = async (
      more: readonly string[],
      given: Readonly<Record<string, string>> = { LISBON_KEY: 'hush-key-2' },
    ) => await run(['channels', 'apply', file, ...more], { ...env, ...given }, text);
    const missing = await here([], {});
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('LISBON_KEY') });
    expect((await here(['--dry-run'])).stdout).toContain('lisbon: added');
    expect((await run(['channels', 'ls'], env)).stdout).not.toContain('lisbon');
    expect((await here([])).stdout).toContain('lisbon: added');
    const again = await here([]);
    expect(again.stdout).toContain('lisbon: unchanged');
    expect(again.stdout + again.stderr).not.toContain('hush');
  });
});
