import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { recipientSchema, toMessageId } from '@posthorn/message';
import type { MessageId } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import { createPauses, createQueues, sendJobScript } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { putChannel, readChannel } from '@posthorn/channel-admin';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { AppProcess } from './app-process.ts';
import { startAppProcess } from './app-process.ts';
import { call, startThrowawayRedis } from './fleet.ts';

/** `npm run bench:tokens`: the same for ten minutes, with outages of the issuer that no token outlives. */
const isLong = process.env['POSTHORN_BENCH_TOKENS'] === 'long';
const { tokenLifeMs, workers, rounds, outageMs, trafficMs, messageEveryMs, waitMs, testMs } = isLong
  ? {
      tokenLifeMs: 5_000,
      workers: 4,
      rounds: 24,
      outageMs: 10_000,
      trafficMs: 15_000,
      messageEveryMs: 50,
      waitMs: 180_000,
      testMs: 1_500_000,
    }
  : {
      tokenLifeMs: 3_000,
      workers: 2,
      rounds: 1,
      outageMs: 1_500,
      trafficMs: 2_500,
      messageEveryMs: 10,
      waitMs: 120_000,
      testMs: 240_000,
    };
const entriesSchema = z.object({
  entries: z.array(
    z.object({ seq: z.number(), atMs: z.number(), answer: z.object({ status: z.number().nullable() }) }),
  ),
});
type TokenCall = z.output<typeof entriesSchema>['entries'][number];
/** The life of a token counts from before its request; the sandbox counts when it answers. */
const requestMs = 500;
const statsSchema = z.object({ accepted: z.number() });

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + waitMs;
  while (!(await look())) {
    if (Date.now() > giveUp) throw new Error(`waited ${waitMs} ms in vain: ${what}`);
    await delay(50);
  }
}

/** A few hundred at a time: ten thousand at once are more than a connection answers in time. */
async function inTurn<Item, Result>(items: readonly Item[], look: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += 200)
    results.push(...(await Promise.all(items.slice(at, at + 200).map(look))));
  return results;
}

describe('tokens that live for seconds', () => {
  it(
    'are renewed ahead of their end, while an issuer is out of order and a scheduler is killed, and no send fails',
    async () => {
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
      const ledger = createLedger({ redis, sealer, ...sendJobScript() });
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
          await delay(messageEveryMs);
        }
      };
      // The sandbox keeps the newest calls only, of whatever kind: so they are fetched as they come.
      const tokenCalls: TokenCall[] = [];
      const fetchTokenCalls = async (): Promise<void> => {
        const after = tokenCalls.at(-1)?.seq ?? 0;
        const page = await control(`/history?operation=token&limit=1000&after=${after}`, 'GET');
        tokenCalls.push(...entriesSchema.parse(page).entries);
      };
      // The issuer is out of order while a token is due; the backoff outlasts it.
      const outage = async (): Promise<void> => {
        const match = { provider: 'kernel', operation: 'token' };
        await control('/faults', 'POST', { id: 'out', match, action: { kind: 'http', status: 503 } });
        await acceptFor(outageMs);
        await control('/faults/out', 'DELETE');
      };
      const killAfter = async (ms: number, isReplaced: boolean): Promise<void> => {
        await delay(ms);
        const killed = Math.floor(Math.random() * schedulers.length);
        await schedulers[killed]?.kill();
        if (isReplaced) schedulers[killed] = await scheduler();
      };
      // A new one takes its time to start; the traffic does not wait for it.
      const kills: Promise<void>[] = [];
      for (let round = 0; round < rounds; round += 1) {
        kills.push(killAfter(Math.random() * (trafficMs + outageMs), round + 1 < rounds));
        await acceptFor(trafficMs);
        await outage();
        await fetchTokenCalls();
      }
      await Promise.all(kills);
      // Someone ends all tokens at once.
      await control(`/kernel/accounts/${clientId}/tokens`, 'DELETE');
      await acceptFor(trafficMs);

      const accepted = async () => statsSchema.parse(await control('/stats', 'GET')).accepted;
      const look = async () => await inTurn(ids, async (id) => await ledger.get(channel, id));
      await until('all messages are out', async () => (await accepted()) >= ids.length).catch(
        async (error: unknown) => {
          const left = (await look()).filter((view) => view?.message.status !== 'read');
          const told = left.map((view) => [view?.message.status, view?.message.failure?.code, view?.waitsFor]);
          throw new Error(`${left.length} of ${ids.length} are not: ${JSON.stringify(told.slice(0, 3))}`, {
            cause: error,
          });
        },
      );
      expect(await accepted()).toBe(ids.length);
      await until('the last message is read', async () => {
        const last = ids.at(-1);
        return last !== undefined && (await ledger.get(channel, last))?.message.status === 'read';
      });
      // Not one failed, and not one attempt was spent for a token.
      const hurt = (await look()).filter((view) => view?.message.failure !== null || view.message.attempts !== 1);
      expect(hurt).toEqual([]);
      expect(await pauses.reasons(channel)).toEqual([]);

      // One token per window of renewal (half of its life, less jitter). A scheduler that was killed may have asked for one that it
      // could not store any more, and one more was needed when all were ended.
      const issued = () => tokenCalls.filter(({ answer }) => answer.status === 200).map(({ atMs }) => atMs);
      // Renewals go on when the traffic has ended.
      await until('a fourth token', async () => {
        await fetchTokenCalls();
        return issued().length >= 4;
      });
      const issuedAt = issued();
      const gaps = issuedAt.slice(1).map((atMs, at) => atMs - (issuedAt[at] ?? 0));
      const early = gaps.filter((gapMs) => gapMs < tokenLifeMs * 0.45 - requestMs).length;
      expect(early).toBeLessThanOrEqual(rounds + 1);
      if (!isLong) return;
      const refused = tokenCalls.length - issuedAt.length;
      const minutes = Math.round((Math.max(...issuedAt) - Math.min(...issuedAt)) / 6_000) / 10;
      const longestMs = Math.max(...gaps);
      process.stdout.write(
        `${JSON.stringify({ minutes, messages: ids.length, issued: issuedAt.length, early, refused, longestMs })}\n`,
      );
    },
    testMs,
  );
});
