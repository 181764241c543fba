import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { recipientSchema, toMessageId } from '@posthorn/message';
import type { MessageId } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import { addJobLua, createPauses, createQueues, sendQueue } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { putChannel, readChannel } from '@posthorn/channel-admin';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { AppProcess } from './app-process.ts';
import { startAppProcess } from './app-process.ts';
import { call, startThrowawayRedis } from './fleet.ts';

/** `npm run bench:tokens`: the same for longer, with outages of the issuer that no token outlives. */
const isLong = process.env['POSTHORN_BENCH_TOKENS'] === 'long';
const { tokenLifeMs, workers, rounds, outageMs, trafficMs, waitMs } = isLong
  ? { tokenLifeMs: 5_000, workers: 4, rounds: 3, outageMs: 10_000, trafficMs: 5_000, waitMs: 90_000 }
  : { tokenLifeMs: 3_000, workers: 2, rounds: 1, outageMs: 1_500, trafficMs: 2_500, waitMs: 30_000 };
const entriesSchema = z.object({
  entries: z.array(z.object({ atMs: z.number(), answer: z.object({ status: z.number().nullable() }) })),
});
const statsSchema = z.object({ accepted: z.number() });

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + waitMs;
  while (!(await look())) {
    if (Date.now() > giveUp) throw new Error(`waited ${waitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('tokens that live for seconds', () => {
  it('are renewed ahead of their end, while an issuer is out of order and a scheduler is killed, and no send fails', async () => {
    const own = await startThrowawayRedis();
    opened.push(own.stop);
    const redisUrl = own.url;
    const [sealingKeys, lookupKey] = [`k1:${randomBytes(32).toString('base64')}`, randomBytes(32).toString('base64')];
    const start = async (app: string, env: Readonly<Record<string, string>>): Promise<AppProcess> => {
      const common = {
        REDIS_URL: redisUrl,
        POSTHORN_SEALING_KEYS: sealingKeys,
        POSTHORN_LOOKUP_KEY: lookupKey,
        POSTHORN_FOLLOW_MS: '200',
      };
      const started = await startAppProcess(app, { ...common, ...env }, () => 0);
      opened.push(started.kill);
      return started;
    };
    const scheduler = async () =>
      await start('scheduler', { POSTHORN_SCHEDULER_HOST: '127.0.0.1', POSTHORN_SCHEDULER_PORT: '0' });
    const worker = async () =>
      await start('worker-kernel', { POSTHORN_WORKER_HOST: '127.0.0.1', POSTHORN_WORKER_PORT: '0' });
    const [clientId, clientSecret, apiKey] = [randomUUID(), randomUUID(), randomUUID()];
    const sandbox = await start('sandbox', {
      POSTHORN_SANDBOX_HOST: '127.0.0.1',
      POSTHORN_SANDBOX_PORT: '0',
      POSTHORN_SANDBOX_SEED: JSON.stringify({
        kernel: [{ clientId, clientSecret, displayPhoneNumber: '34600000000', tokenLifeMs }],
      }),
    });

    const log = createSilentLog();
    const redis = connectRedis({ url: redisUrl, role: 'admin', log });
    opened.push(async () => await closeRedis(redis));
    const sealer = createSealer(parseKeyRing(sealingKeys, lookupKey));
    const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
    const queues = createQueues(redis);
    opened.push(registry.close, queues.close);
    const sendQueueKeys = (channel: Parameters<typeof sendQueue>[0]) => sendQueue(channel).keyPrefix;
    const ledger = createLedger({ redis, sealer, addJobLua: addJobLua(), sendQueueKeys });
    const pauses = createPauses({ redis, queues, clock: systemClock });
    const read = readChannel(providers, {
      channel_id: randomUUID(),
      type: 'whatsapp',
      whatsapp: { client: { id: clientId, secret: clientSecret } },
      settings: { apiUrl: sandbox.url, tokenUrl: `${sandbox.url}/token`, pacePerSecond: 1_000, apiKeys: [apiKey] },
    });
    if (read.kind === 'invalid') throw new Error(JSON.stringify(read.faults));
    const put = await putChannel({ registry, ledger, pauses, providers }, read.input);
    if (put.kind === 'invalid') throw new Error(JSON.stringify(put.faults));
    const { channel } = put;
    opened.push(async () => await registry.remove(channel.id));

    const ingress = async () =>
      await start('ingress', { POSTHORN_INGRESS_HOST: '127.0.0.1', POSTHORN_INGRESS_PORT: '0' });
    const [schedulers, hooks] = await Promise.all([
      Promise.all([scheduler(), scheduler()]),
      ingress(),
      Promise.all(Array.from({ length: workers }, worker)),
    ]);
    const control = async (path: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', body?: unknown) =>
      await call(`${sandbox.url}/_sandbox${path}`, method, body, {});
    await control(`/kernel/accounts/${clientId}`, 'PUT', {
      clientSecret,
      displayPhoneNumber: '34600000000',
      tokenLifeMs,
      webhookUrl: `${hooks.url}/webhooks/kernel/${channel.id}?apikey=${apiKey}`,
    });
    const ids: MessageId[] = [];
    const acceptFor = async (ms: number): Promise<void> => {
      const untilMs = Date.now() + ms;
      while (Date.now() < untilMs) {
        const id = toMessageId(channel.id, ulid());
        ids.push(id);
        await ledger.accept(channel, {
          id,
          tenantId: channel.tenantId,
          lane: 'normal',
          ordered: true,
          sealed: {
            to: recipientSchema.parse(`+346${10_000_000 + ids.length}`),
            content: { type: 'text', body: 'Hola' },
          },
          sendAt: null,
          expiresAt: null,
          traceparent: null,
        });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await acceptFor(trafficMs);
    for (let round = 0; round < rounds; round += 1) {
      // The issuer is out of order while a token is due; the backoff outlasts it.
      const rule = {
        id: 'out',
        match: { provider: 'kernel', operation: 'token' },
        action: { kind: 'http', status: 503 },
      };
      await control('/faults', 'POST', rule);
      await acceptFor(outageMs);
      await control('/faults/out', 'DELETE');
      const killed = Math.floor(Math.random() * schedulers.length);
      await schedulers[killed]?.kill();
      if (round + 1 < rounds) schedulers[killed] = await scheduler();
      await acceptFor(trafficMs);
    }
    // Someone ends all tokens at once.
    await control(`/kernel/accounts/${clientId}/tokens`, 'DELETE');
    await acceptFor(500);

    const accepted = async () => statsSchema.parse(await control('/stats', 'GET')).accepted;
    await until('all messages are out', async () => (await accepted()) >= ids.length);
    expect(await accepted()).toBe(ids.length);
    const views = await Promise.all(ids.map(async (id) => (await ledger.get(channel, id))?.message));
    expect(views.filter((view) => view?.failure !== null && view?.failure !== undefined)).toEqual([]);
    expect(await pauses.reasons(channel)).toEqual([]);
    await until('the last message is read', async () => {
      const last = ids.at(-1);
      return last !== undefined && (await ledger.get(channel, last))?.message.status === 'read';
    });

    // One call per window of renewal (half of the life), and one for the tokens that were ended.
    const { entries } = entriesSchema.parse(await control('/history?operation=token&limit=1000', 'GET'));
    const issued = entries.filter((entry) => entry.answer.status === 200);
    const spanMs = (issued.at(-1)?.atMs ?? 0) - (issued[0]?.atMs ?? 0);
    expect(issued.length).toBeLessThanOrEqual(Math.ceil(spanMs / (tokenLifeMs * 0.45)) + 2);
    expect(issued.length).toBeGreaterThanOrEqual(4);
  }, 300_000);
});
