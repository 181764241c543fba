import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { recipientSchema, tenantIdSchema, toMessageId } from '@posthorn/message';
import { addJobLua, sendQueue } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { ulid } from 'ulid';
import { tempHome, testRedisUrl } from './testing/run-cli.ts';
import { runHere as run } from './testing/run-here.ts';

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
  addJobLua: addJobLua(),
  sendQueueKeys: (ref) => sendQueue(ref).keyPrefix,
});
const input = channelInputSchema.parse({
  id: `recover-${randomBytes(4).toString('hex')}`,
  provider: 'twilio',
  settings: {},
});
const messageId = toMessageId(input.id, ulid());

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
