import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { recipientSchema, tenantIdSchema, toMessageId } from '@posthorn/message';
import { sendJobScript } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import type { Command } from 'commander';
import { ulid } from 'ulid';
import { z } from 'zod';
import { CliError } from './cli-error.ts';
import { createProgram } from './program.ts';
import { tempHome, testRedisUrl } from './testing/run-cli.ts';
import { createTestTerminal, runHere as run } from './testing/run-here.ts';

const home = tempHome();
const key = randomBytes(32).toString('base64');
const env = {
  POSTHORN_HOME: home.dir,
  REDIS_URL: testRedisUrl(),
  POSTHORN_SEALING_KEYS: `k1:${key}`,
  POSTHORN_LOOKUP_KEY: key,
};
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
const redis = connectRedis({ url: testRedisUrl(), role: 'admin' });
const ledger = createLedger({
  redis,
  sealer,
  ...sendJobScript(),
});
const input = channelInputSchema.parse({
  id: `recover-${randomBytes(4).toString('hex')}`,
  provider: 'twilio',
  settings: {},
});
const messageId = toMessageId(input.id, ulid());

const supportChannel = {
  id: 'support',
  provider: 'whatsapp-cloud',
  settings: {
    phoneNumberId: '106540352242922',
    wabaId: '102290129340398',
    accessToken: 'EAAtoken',
    appSecret: 'a-secret-of-the-tests',
  },
};
const newNumber = {
  channelId: 'new-number',
  code: 'AQ-code',
  settings: { wabaId: '1022', phoneNumberId: '1065', pin: '654321', appId: '77', appSecret: 'app-secret' },
};

beforeAll(async () => {
  await redis.flushdb();
  const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
  const channel = await registry.put(input);
  await ledger.setState(channel, 'open');
  await ledger.accept(channel, {
    id: messageId,
    tenantId: tenantIdSchema.parse('default'),
    lane: 'normal',
    ordered: true,
    sealed: { to: recipientSchema.parse('+15550001111'), content: { type: 'text', body: 'hello' } },
    sendAt: null,
    expiresAt: null,
    traceparent: null,
  });
});
afterAll(async () => {
  await closeRedis(redis);
  home.remove();
});

const statusNow = async () => (await ledger.get(input, messageId))?.message.status;

describe('posthorn recover', () => {
  it('counts first, holds with --apply, and finds nothing the second time', async () => {
    const since = new Date().toISOString();
    const dry = await run(['recover', '--since', since, '--json'], env);
    expect(JSON.parse(dry.stdout)).toMatchObject({ applied: false, total: 1 });
    expect(await statusNow()).toBe('accepted');
    const applied = await run(['recover', '--since', since, '--apply'], env);
    expect([applied.code, applied.stderr]).toEqual([0, expect.stringContaining('Held: 1.')]);
    expect(await statusNow()).toBe('held');
    expect((await run(['recover', '--since', since, '--apply'], env)).stderr).toContain('nothing is to be held');
  });

  it('says what a time looks like, and takes none of the future', async () => {
    for (const since of ['yesterday', '2999-01-01T00:00:00Z']) {
      const refused = await run(['recover', '--since', since], env);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--since: expected')]);
    }
  });
});

/** Each leaves an entry in the audit, here in this order, on what the ones before left. */
const changing: readonly {
  readonly args: readonly string[];
  readonly action: string;
  readonly input?: unknown;
  readonly entries?: number;
}[] = [
  { args: ['recover', '--since', '2026-11-21T14:05:00Z', '--apply'], action: 'messages.recover' },
  { args: ['pause', '--channel', input.id], action: 'channel.pause' },
  { args: ['resume', '--all'], action: 'everything.resume' },
  { args: ['held', 'release', messageId], action: 'held.release' },
  { args: ['held', 'discard', messageId], action: 'held.discard' },
  { args: ['channels', 'put', '-'], action: 'channel.add', input: supportChannel },
  { args: ['channels', 'rotate', 'support'], action: 'channel.rotate' },
  { args: ['channels', 'pause', 'support'], action: 'channel.pause' },
  { args: ['channels', 'resume', 'support'], action: 'channel.resume' },
  // Its beginning and its end.
  { args: ['channels', 'rm', 'support'], action: 'channel.remove', entries: 2 },
  { args: ['keys', 'create', '--name', 'shop'], action: 'key.create' },
  { args: ['keys', 'revoke', ''], action: 'key.revoke' },
  { args: ['onboard', 'begin', '-', '--no-wait'], action: 'onboarding.begin', input: newNumber },
  { args: ['tenants', 'set', 'shop', '--limit', '50/s'], action: 'tenant.set' },
];

/** They too; their tests are those of channels, of a fleet that runs, of erasure, of onboarding and of sealed places. */
const changingElsewhere = [
  'erase',
  'channels add',
  'channels apply',
  'channels connect',
  'dlq abort',
  'dlq replay',
  'onboard retry',
  'secrets rotate',
];
/** The message API keeps what they ask it for; or they change nothing. */
const others =
  /^(?:up|demo|run|send|trace|why|listen|doctor|version|audit|secrets generate|channels verify|subscriptions .*|.* (?:ls|show|runs|history))$/u;

describe('every command that changes something', () => {
  it('leaves an entry in the audit: who, when, what and on what, without a secret', async () => {
    const names = namesOf(createProgram(createTestTerminal().terminal)).filter((name) => !others.test(name));
    const tried = changing.map(({ args }) => names.find((name) => args.join(' ').startsWith(name)) ?? args.join(' '));
    expect(names.toSorted()).toEqual([...new Set([...tried, ...changingElsewhere])].toSorted());

    let keyId = '';
    for (const { args, action, input: given, entries = 1 } of changing) {
      const before = new Set((await audited()).map(({ id }) => id));
      const ran = await run([...args.map((each) => each || keyId), '--by', 'ada'], env, JSON.stringify(given ?? ''));
      keyId = /key_[\w-]+/u.exec(ran.stderr)?.[0] ?? keyId;
      const added = (await audited()).filter(({ id }) => !before.has(id));
      expect({ args, action: added[0]?.action, by: added[0]?.by, entries: added.length }).toEqual({
        args,
        action,
        by: 'cli:ada',
        entries,
      });
    }
    const kept = JSON.stringify(await audited());
    for (const secret of ['phk_', 'AQ-code', '654321', 'EAAtoken', '15550001111']) expect(kept).not.toContain(secret);
  });

  it('names the user of this machine where nobody is named', async () => {
    await run(['tenants', 'set', 'shop', '--limit', 'none'], env);
    expect((await audited('--tenant', 'shop'))[0]?.by).toMatch(/^cli:(?!ada)./u);
  });
});

/** What a person answers, by what the provider asks. Where there are two, the first one is wrong. */
const answersByProvider = {
  'whatsapp-cloud': {
    'Phone number id': ['+49 30 1234', '106540352242923'],
    'WhatsApp Business': ['102290129340399'],
    'Access token': ['EAAhush'],
    'App secret': ['hush-app-secret'],
  },
  kernel: { 'OAuth client id': ['acme'], 'OAuth client secret': ['hush-client-secret'], 'Version of': ['v9', 'v2'] },
  twilio: {
    'Account SID': ['nonsense', `AC${'0'.repeat(32)}`],
    'Auth token': ['hush'.repeat(8)],
    'The WhatsApp number': ['+15552223333'],
  },
  infobip: {
    'The number that sends': ['447700900000'],
    'Base URL': ['nowhere', 'http://127.0.0.1:9'],
    'API key': ['hush-api-key'],
  },
};
const nowhere = {
  'whatsapp-cloud': ['baseUrl'],
  kernel: ['apiUrl', 'tokenUrl'],
  twilio: ['baseUrl'],
  infobip: [],
};

describe('channels add, at a terminal', () => {
  const add = async (args: readonly string[], answer: (question: string, secret: boolean) => string) =>
    await run(
      ['channels', 'add', '--public-url', 'https://hooks.example.com', ...args],
      env,
      '',
      async (question, { secret }) => await Promise.resolve(answer(question, secret)),
    );

  it.each(['whatsapp-cloud', 'kernel', 'twilio', 'infobip'] as const)(
    '%s: asks what the provider needs, again what was wrong, and tells the address of the webhook',
    async (provider) => {
      const asked: { question: string; secret: boolean; answer: string }[] = [];
      const left = new Map<string, readonly string[]>([
        ['Provider', ['telegraph', provider]],
        ['Id of', ['not an id!', `asked-${provider}`]],
        ...Object.entries(answersByProvider[provider]),
      ]);
      const places = nowhere[provider].flatMap((name) => ['--set', `${name}=http://127.0.0.1:9`]);
      const added = await add(places, (question, secret) => {
        const [start, [answer = '', ...rest]] = [...left].find(([begin]) => question.startsWith(begin)) ?? ['', []];
        left.set(start, rest);
        asked.push({ question, secret, answer });
        return answer;
      });
      expect({ said: added.stderr, left: [...left.values()].flat() }).toEqual({ said: added.stderr, left: [] });
      expect(added.stderr).toContain(`https://hooks.example.com/webhooks/${provider}/asked-${provider}`);
      expect(added.stderr).toContain('There is no provider "telegraph"');
      // Nobody is at that address, so nothing is proven, and no test message is offered.
      expect([added.code, added.stdout]).toEqual([1, expect.stringContaining(`asked-${provider}`)]);
      for (const { question, secret, answer } of asked.filter((each) => each.answer !== ''))
        expect({ question, secret }).toEqual({ question, secret: answer.includes('hush') });
      expect(added.stdout + added.stderr).not.toContain('hush');
    },
  );

  it('stores nothing where the person leaves', async () => {
    const stopped = await add(['--provider', 'kernel', '--id', 'left'], () => {
      throw new CliError('Stopped.');
    });
    expect([stopped.code, stopped.stderr]).toEqual([1, expect.stringContaining('Stopped.')]);
    expect((await run(['channels', 'ls'], env)).stdout).not.toContain('left');
  });

  it('wants to know where providers reach posthorn, before anything is asked', async () => {
    const { code, stderr } = await run(['channels', 'add'], env, '', () => Promise.reject(new Error('asked')));
    expect([code, stderr]).toEqual([1, expect.stringContaining('set POSTHORN_PUBLIC_URL')]);
  });
});

async function audited(...options: readonly string[]) {
  const listed = await run(['audit', '--limit', '200', '--json', ...options], env);
  return z
    .array(z.looseObject({ id: z.string(), by: z.string(), action: z.string() }))
    .parse(JSON.parse(listed.stdout));
}

function namesOf(command: Command, before = ''): readonly string[] {
  if (command.commands.length === 0) return [before];
  return command.commands.flatMap((each) => namesOf(each, `${before} ${each.name()}`.trim()));
}
