import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { demoPhoneNumberId } from './demo-whatsapp-cloud.ts';
import { fleetEnv, startUp, tempHome, testRedisUrl } from './testing/run-cli.ts';
import { runHere as run } from './testing/run-here.ts';

const home = tempHome();
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
});

const letters = z.array(z.object({ id: z.string(), messageId: z.string(), code: z.string() }));

describe('commands on a fleet that runs in this folder', () => {
  it('send, trace and why', async () => {
    const id = await sendText('Hello');
    await ends(id, 'read');
    const trace = await run(['trace', id], env);
    expect(trace.code).toBe(0);
    for (const word of ['accepted', 'attempt', 'submitted', 'delivered', 'read since']) {
      expect(trace.stdout).toContain(word);
    }
    const traced = await run(['trace', id, '--json'], env);
    for (const secret of ['Hello', '15550001111']) {
      expect(trace.stdout).not.toContain(secret);
      expect(traced.stdout).not.toContain(secret);
    }
    const body = JSON.stringify({
      channelId: 'demo-whatsapp-cloud',
      to: '+15550001112',
      content: { type: 'location', latitude: 1, longitude: 2 },
    });
    expect((await run(['send', '--body', '-'], env, body)).stdout).toMatch(/^msg_demo-whatsapp-cloud_\w{26}\n$/u);
  });

  it('tell where a request is wrong', async () => {
    const refused = await run(['send', '--channel', 'demo-whatsapp-cloud', '--to', '0123', '--text', 'Hello'], env);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('/to: expected a phone number in E.164 form');
    const unknown = await run(['trace', 'msg_demo-whatsapp-cloud_01JD8T0Z5R4YV3W2X1Q0P9N8M7'], env);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('404');
  });

  it('listen shows what happens; subscriptions post it to an address', async () => {
    const bodies: string[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const added = await run(
      ['subscriptions', 'add', `http://127.0.0.1:${port}/hooks`, '--type', 'message.read', '--json'],
      env,
    );
    const { id } = z.object({ id: z.string(), secret: z.string() }).parse(JSON.parse(added.stdout));

    const listening = run(['listen', '--type', 'message.read', '--count', '1'], env);
    // Events from before it listened are not shown: something happens until it does.
    const seen = { value: false };
    void listening.then(() => (seen.value = true));
    while (!seen.value) await ends(await sendText('Seen?'), 'read');
    expect((await listening).stdout).toMatch(/message\.read +demo-whatsapp-cloud +msg_/u);
    expect((await listening).stdout).not.toContain('15550001111');
    const told = /msg_\S+/u.exec((await listening).stdout)?.[0] ?? '';
    const { key } = z
      .object({ key: z.string() })
      .parse(JSON.parse((await run(['keys', 'create', '--name', 'raw', '--json'], env)).stdout));
    const raw = await fetch(`${up.apiUrl}/v1/messages/${told}/raw`, { headers: { authorization: `Bearer ${key}` } });
    expect(await raw.text()).toContain('whatsapp_business_account');

    await run(['subscriptions', 'test', id], env);
    for (const type of ['message.read', 'subscription.test']) {
      while (!bodies.some((body) => body.includes(`"type":"${type}"`))) await delay(50);
      while (!(await run(['subscriptions', 'deliveries', id], env)).stdout.includes(type)) await delay(50);
    }
    expect((await run(['subscriptions', 'ls'], env)).stdout).toContain(id);
    expect((await run(['subscriptions', 'pause', id], env)).stdout).toContain('is paused');
    expect((await run(['subscriptions', 'show', id], env)).stdout).toContain('paused by its owner');
    const resumed = await run(['subscriptions', 'resume', id, '--json'], env);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ id, state: 'active' });
    expect(await run(['subscriptions', 'rm', id], env)).toMatchObject({
      stdout: expect.stringContaining('is removed'),
      stderr: '',
    });
    expect((await run(['subscriptions', 'ls'], env)).stderr).toContain('No subscriptions');
    expect((await run(['subscriptions', 'show', id], env)).stderr).toContain('404');
    receiver.close();
  });

  it('dlq lists, shows and replays', async () => {
    await fetch(`${up.sandboxUrl}/_sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ times: 1, action: { kind: 'error', code: 131_026 } }),
    });
    const messageId = await sendText('This one fails');
    const why = await ends(messageId, 'failed');
    expect(why).toContain('recipient_unreachable (whatsapp-cloud: 131026)');
    const [letter] = await listed('dlq', 'ls', '--channel', 'demo-whatsapp-cloud', '--code', 'recipient_unreachable');
    expect(letter?.messageId).toBe(messageId);
    expect(await listed('dlq', 'ls', '--code', 'throttled')).toEqual([]);

    const shown = await run(['dlq', 'show', letter?.id ?? ''], env);
    expect(shown.stdout).toContain('whatsapp-cloud said 131026');
    expect(shown.stdout).toMatch(/attempt +1 +dead +recipient_unreachable +131026/u);

    const replayed = await run(['dlq', 'replay', letter?.id ?? '', 'dead_of_nobody', '--by', 'ada'], env);
    expect(replayed.code).toBe(1);
    expect(replayed.stdout).toContain('waits to be sent again, as generation 2');
    expect(replayed.stdout).toContain('There is no dead letter "dead_of_nobody"');
    await ends(messageId, 'read');
    expect((await run(['trace', messageId], env)).stdout).toContain('by cli:ada');
    expect(await listed('dlq', 'ls')).toEqual([]);
  });

  it('dlq replay --all starts a run that the scheduler executes, and the audit has it', async () => {
    await fetch(`${up.sandboxUrl}/_sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ times: 2, action: { kind: 'error', code: 131_026 } }),
    });
    const ids = [await sendText('One fails', '+15550001301'), await sendText('Another too', '+15550001302')];
    for (const id of ids) await ends(id, 'failed');
    const filter = ['--all', '--channel', 'demo-whatsapp-cloud', '--provider-code', '131026'];
    const counted = await run(['dlq', 'replay', ...filter, '--dry-run'], env);
    expect(counted.stdout).toContain('2 letters would be replayed');
    const ran = await run(['dlq', 'replay', ...filter, '--canary', '1', '--watch', '--by', 'ada', '--json'], env);
    expect(ran.code).toBe(0);
    const shown = z.object({ id: z.string(), stage: z.string(), replayed: z.number() }).parse(JSON.parse(ran.stdout));
    expect(shown).toMatchObject({ stage: 'finished', replayed: 2 });
    for (const id of ids) await ends(id, 'read');
    expect((await run(['dlq', 'runs'], env)).stdout).toContain(shown.id);
    expect((await run(['dlq', 'abort', shown.id], env)).stderr).toContain('is over already');
    expect((await run(['dlq', 'replay', ...filter], env)).stderr).toContain('No dead letter fits');
    const audit = await run(['audit', '--channel', 'demo-whatsapp-cloud'], env);
    expect(audit.stdout).toMatch(/cli:ada +replay_run[.]start/u);
    expect(audit.stdout).toMatch(/cli:ada +dead_letter[.]replay/u);
    expect((await run(['channels', 'ls'], env)).stdout).toMatch(/workers/u);
    const one = await run(['channels', 'show', 'demo-whatsapp-cloud'], env);
    expect(one.stdout).toMatch(/^served by +\S+-\d+-[0-9a-f]{6}$/mu);
    expect((await run(['channels', 'show', 'nobodys'], env)).stderr).toContain('There is no channel "nobodys"');
  });

  it('held lists, discards and releases', async () => {
    const lose = { times: 2, action: { kind: 'close', taken: false } };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${up.sandboxUrl}/_sandbox/faults`, { method: 'POST', headers, body: JSON.stringify(lose) });
    const first = await sendText('Nobody knows', '+15550001201');
    const second = await sendText('Nobody knows', '+15550001202');
    expect(await ends(first, 'held')).toContain('posthorn held release');
    await ends(second, 'held');
    const list = await run(['held', 'ls', '--channel', 'demo-whatsapp-cloud'], env);
    expect(list.stdout).toContain(first);
    expect(list.stdout).toContain(second);

    const discarded = await run(['held', 'discard', first, '--why', 'too late now', '--by', 'ada'], env);
    expect(discarded).toMatchObject({ code: 0, stdout: expect.stringContaining('is given up') });
    expect(await ends(first, 'failed')).toContain('outcome_unknown');
    expect((await run(['trace', first], env)).stdout).toContain('by cli:ada: too late now');
    expect(await listed('dlq', 'ls', '--code', 'outcome_unknown')).toMatchObject([{ messageId: first }]);
    await run(['dlq', 'replay', `dead_${first}_1`], env);

    expect((await run(['held', 'release'], env)).stderr).toContain('--all-of <channel>; not both');
    const released = await run(['held', 'release', '--all-of', 'demo-whatsapp-cloud'], env);
    expect(released.stdout).toContain(`${second} is sent again, labelled as a possible duplicate`);
    expect(await ends(second, 'read')).toContain('may have come twice');
    const again = await run(['held', 'release', second], env);
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('is not held') });
    await ends(first, 'read');
  });

  it('pause and resume, one channel or many, and why says whose pause it is', async () => {
    const paused = await run(['pause', '--provider', 'whatsapp-cloud', '--reason', 'incident 7', '--by', 'ada'], env);
    expect(paused.stdout).toContain('Paused: all of whatsapp-cloud');
    await run(['pause', '--channel', 'demo-whatsapp-cloud', '--by', 'ben'], env);
    const id = await sendText('Not now', '+15550001203');
    const why = (await run(['why', id], env)).stdout;
    expect(why).toContain('provider (cli:ada, since ');
    expect(why).toContain('"incident 7"');
    expect(why).toContain('operator (cli:ben, since ');
    const resumed = await run(['resume', '--channel', 'demo-whatsapp-cloud'], env);
    expect(resumed.stdout).toContain('demo-whatsapp-cloud stays paused: provider (cli:ada).');
    await run(['resume', '--provider', 'whatsapp-cloud'], env);
    await ends(id, 'read');
    expect((await run(['pause'], env)).stderr).toContain('Expected one of --channel');
  });

  it('nothing is sent to someone who opts out while marketing to them waits, by the words of their tenant', async () => {
    const made = await run(['keys', 'create', '--name', 'words', '--role', 'ops', '--json'], env);
    const { key } = z.object({ key: z.string() }).parse(JSON.parse(made.stdout));
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const words = `${up.apiUrl}/v1/opt-out-words`;
    await fetch(words, { method: 'PUT', headers, body: JSON.stringify({ stop: ['no más'] }) });
    await run(['pause', '--channel', 'demo-whatsapp-cloud', '--by', 'ada'], env);
    const to = '+15550001204';
    const content = { type: 'template', name: 'hello_world', language: 'en_US', category: 'marketing' };
    const body = JSON.stringify({ channelId: 'demo-whatsapp-cloud', to, content });
    const id = (await run(['send', '--body', '-'], env, body)).stdout.trim();
    const isOut = async (): Promise<boolean> => {
      const told = await fetch(`${up.apiUrl}/v1/channels/demo-whatsapp-cloud/recipients/${to}`, { headers });
      return (await told.text()).includes('"source":"word"');
    };
    // What was known of the tenant's words may be 5 s old.
    while (!(await isOut())) {
      const written = {
        phoneNumberId: demoPhoneNumberId,
        from: to.slice(1),
        text: { body: 'No más!' },
      };
      await fetch(`${up.sandboxUrl}/_sandbox/whatsapp-cloud/inbound`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(written),
      });
      await delay(200);
    }
    await run(['resume', '--channel', 'demo-whatsapp-cloud'], env);
    await ends(id, 'failed');
    const letter = `dead_${id}_1`;
    while (!(await listed('dlq', 'ls', '--code', 'recipient_opted_out')).some((each) => each.id === letter))
      await delay(50);
    await run(['dlq', 'replay', letter], env);
    while (!(await listed('dlq', 'ls', '--code', 'recipient_opted_out')).some((each) => each.id === `dead_${id}_2`))
      await delay(50);
    // What is no marketing goes, and is the only call there was.
    await ends(await sendText('Your parcel is on its way', to), 'read');
    const called = await fetch(`${up.sandboxUrl}/_sandbox/counts?by=recipient`);
    expect(await called.text()).toContain(`"15550001204":{"calls":1,"taken":1}`);
    await fetch(words, { method: 'DELETE', headers });
  });

  it('channels put, ls, pause, resume and rm, without ever showing a secret', async () => {
    const channel = {
      id: 'support',
      provider: 'whatsapp-cloud',
      settings: { phoneNumberId: '2', wabaId: '3', accessToken: 'hush-1', appSecret: 'hush-2', verifyToken: 'hush-3' },
    };
    const put = await run(['channels', 'put', '-'], env, JSON.stringify(channel));
    expect(put).toMatchObject({ code: 0, stderr: '' });
    const wrong = { ...channel, settings: { ...channel.settings, accessToken: 'hush 4', nope: 'x' } };
    const refused = await run(['channels', 'put', '-'], env, JSON.stringify(wrong));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('/settings/accessToken');
    expect(refused.stderr).toContain('/settings/nope');

    const paused = await run(['channels', 'pause', 'support', '--by', 'ada'], env);
    expect(paused.stdout).toContain('support is paused: operator (cli:ada)');
    const list = await run(['channels', 'ls', '--json'], env);
    expect(list.stdout).toContain('"cli:ada"');
    const resumed = await run(['channels', 'resume', 'support'], env);
    expect(resumed.stdout).toContain('support runs.');
    expect((await run(['channels', 'rm', 'support'], env)).stdout).toContain('support is removed.');
    expect((await run(['channels', 'pause', 'support'], env)).stderr).toContain('There is no channel "support"');
    for (const { stdout, stderr } of [put, refused, list, paused]) expect(stdout + stderr).not.toContain('hush');
  });

  it('keys create, ls and revoke', async () => {
    const made = await run(['keys', 'create', '--name', 'shop', '--json'], env);
    const { key, id } = z.object({ key: z.string(), id: z.string() }).parse(JSON.parse(made.stdout));
    const answer = await fetch(`${up.apiUrl}/v1/channels`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status).toBe(200);
    const list = await run(['keys', 'ls'], env);
    expect(list.stdout).toContain(id);
    expect(list.stdout).not.toContain(key);
    expect(list.stdout).toMatch(new RegExp(`${id} .*Z {2}\\d{4}-.*Z {2}shop`, 'u'));
    expect((await run(['keys', 'revoke', id], env)).code).toBe(0);
    expect((await run(['keys', 'revoke', id], env)).stderr).toContain(`There is no API key "${id}"`);
    expect((await run(['keys', 'create', '--name', 'x', '--role', 'boss'], env)).stderr).toContain(
      'producer, subscriber-admin, ops, admin',
    );
  });
});

describe('tenants', () => {
  it('set and ls: a limit holds in the fleet that runs, and can be taken back', async () => {
    expect((await run(['tenants', 'ls'], env)).stderr).toContain('Nothing is set');
    expect((await run(['tenants', 'set', 'default', '--limit', 'ten'], env)).stderr).toContain('expected like 50/s');
    const set = await run(['tenants', 'set', 'default', '--limit', '10000/h'], env);
    expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('default: 10000/h') });
    expect((await run(['tenants', 'ls'], env)).stdout).toContain('10000/h');
    await run(['tenants', 'set', 'default', '--limit', 'none'], env);
    expect(JSON.parse((await run(['tenants', 'ls', '--json'], env)).stdout)).toEqual([
      { tenantId: 'default', intake: null, contentKeptMs: null },
    ]);
  });
});

describe('without a fleet', () => {
  it('says what to do', async () => {
    const empty = tempHome();
    const answers = [
      await run(['trace', 'msg_x'], { POSTHORN_HOME: empty.dir }),
      await run(['dlq', 'ls'], { POSTHORN_HOME: empty.dir }),
      await run(['dlq', 'ls'], { POSTHORN_HOME: empty.dir, REDIS_URL: testRedisUrl() }),
    ];
    empty.remove();
    for (const { code, stderr } of answers) {
      expect(code).toBe(1);
      expect(stderr).toContain('npx posthorn up');
    }
  });
});

async function sendText(text: string, to = '+15550001111'): Promise<string> {
  const sent = await run(['send', '--channel', 'demo-whatsapp-cloud', '--to', to, '--text', text], env);
  expect(sent.code).toBe(0);
  return sent.stdout.trim();
}

/** Asks `why` until the message has that status; returns its sentence. */
async function ends(id: string, status: string): Promise<string> {
  for (;;) {
    const why = await run(['why', id, '--json'], env);
    const shown = z.object({ status: z.string(), says: z.string() }).parse(JSON.parse(why.stdout));
    if (shown.status === status) return shown.says;
    await delay(100);
  }
}

async function listed(...args: string[]): Promise<z.infer<typeof letters>> {
  return letters.parse(JSON.parse((await run([...args, '--json'], env)).stdout));
}
