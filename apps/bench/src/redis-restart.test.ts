import { afterEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageIdSchema } from '@posthorn/message';
import type { MessageId } from '@posthorn/message';
import { startPrivateRedis, type PrivateRedis } from '@posthorn/private-redis';
import { sendQueue } from '@posthorn/queue';
import { parseRedisInfo } from '@posthorn/runtime';
import { z } from 'zod';
import type { Fleet } from './fleet.ts';
import { call, startFleet } from './fleet.ts';

const messages = 120;
const answer = z.object({ results: z.array(z.object({ id: messageIdSchema })) });
const stats = z.object({ accepted: z.number() });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 120_000;
  while (!(await look().catch(() => false))) {
    if (Date.now() > giveUp) throw new Error(`waited 120 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A Redis with an append-only file of every second, whose folder is ours to change. */
async function startPersistentRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'posthorn-restart-'));
  closers.push(async () => rm(dir, { recursive: true, force: true }));
  const fetched = fileURLToPath(new URL('../../../.posthorn/redis', import.meta.url));
  if (existsSync(fetched)) await symlink(fetched, join(dir, 'redis'));
  // All of them last: apps that stop without Redis wait for it as long as they may.
  const running: PrivateRedis[] = [];
  closers.push(async () => {
    for (const one of running) await one.stop();
  });
  const start = async (port?: number): Promise<PrivateRedis> => {
    const started = await startPrivateRedis({
      dir,
      persistent: true,
      kinds: ['path', 'fetched'],
      log: () => undefined,
      ...(port !== undefined && { port }),
    });
    running.push(started);
    return started;
  };
  return { data: join(dir, 'data'), copy: join(dir, 'older'), start };
}

async function accept(open: Fleet): Promise<MessageId[]> {
  const batch = {
    messages: Array.from({ length: messages }, (_, at) => ({
      channelId: open.channelId,
      to: `+1555${1_000_000 + at}`,
      content: { type: 'text', body: `number ${at}` },
    })),
  };
  const reply = await call(`${open.ingress.url}/v1/messages/batch`, 'POST', batch, {
    authorization: `Bearer ${open.apiKey}`,
  });
  return answer.parse(reply).results.map(({ id }) => id);
}

async function webhook(open: Fleet): Promise<number> {
  const body = '{"object":"whatsapp_business_account","entry":[]}';
  const signature = createHmac('sha256', open.appSecret).update(body).digest('hex');
  const headers = { 'x-hub-signature-256': `sha256=${signature}`, 'content-type': 'application/json' };
  const at = `${open.ingress.url}/webhooks/whatsapp-cloud/${open.channelId}`;
  return (await fetch(at, { method: 'POST', headers, body })).status;
}

describe('a Redis killed in the middle of sends, and started again from an older copy', () => {
  it('takes webhooks all the time, goes on by itself, and nothing is sent twice', async () => {
    const place = await startPersistentRedis();
    const redis = await place.start();
    const fleet = await startFleet({
      redisUrl: redis.url,
      workers: 2,
      env: {
        POSTHORN_LOCK_MS: '1000',
        POSTHORN_STALLED_INTERVAL_MS: '500',
        POSTHORN_SEND_CONCURRENCY: '5',
        POSTHORN_QUARANTINE_MS: '3000',
        POSTHORN_HEAD_IDLE_MS: '2000',
        POSTHORN_SWEEP_MS: '500',
        POSTHORN_SPOOL_DIR: join(place.data, '../spool'),
      },
      timing: { answerMs: 150 },
    });
    closers.push(fleet.close);
    const control = `${fleet.sandbox.url}/_sandbox`;
    await call(`${control}/callbacks/pause`, 'POST', {});
    const ids = await accept(fleet);
    const taken = async (): Promise<number> => stats.parse(await call(`${control}/stats`, 'GET')).accepted;

    await until('some are sent', async () => (await taken()) > messages / 6);
    await cp(place.data, place.copy, { recursive: true });
    await until('more are sent', async () => (await taken()) > messages / 2);
    const pid = Number(parseRedisInfo(await fleet.redis.info('server')).get('process_id'));
    process.kill(pid, 'SIGKILL');
    expect(await webhook(fleet)).toBe(200);
    const send = await fetch(`${fleet.ingress.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fleet.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channelId: fleet.channelId, to: '+15559999999', content: { type: 'text', body: 'late' } }),
    });
    expect([send.status, send.headers.get('retry-after')]).toEqual([503, '2']);
    await rm(place.data, { recursive: true });
    await cp(place.copy, place.data, { recursive: true });
    await place.start(redis.port);

    const books = async (): Promise<Record<string, number>> => {
      const found = await Promise.all(
        ids.map(async (id) => (await fleet.ledger.get(fleet.channel, id))?.message.status ?? 'lost'),
      );
      return Object.fromEntries(
        Object.entries(Object.groupBy(found, (status) => status)).map(([status, group]) => [
          status,
          group?.length ?? 0,
        ]),
      );
    };
    await until('all are sent, or held', async () => {
      const { submitted = 0, held = 0 } = await books();
      return submitted + held === messages;
    }).catch(async (error: unknown) => {
      throw new Error(JSON.stringify(await books()), { cause: error });
    });
    expect(await call(`${control}/counts?by=callbackData&minCalls=2`, 'GET')).toEqual({});
    expect(await taken()).toBeLessThanOrEqual(messages);
    expect((await books())['submitted']).toBeGreaterThan(messages / 2);
    const queue = fleet.queues.open(sendQueue(fleet.channel));
    await until('no job is left', async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
      return Object.values(counts).every((count) => count === 0);
    });
    await until('the spool is empty', async () =>
      /posthorn_spool_entries 0\n/u.test(await (await fetch(`${fleet.ingress.url}/metrics`)).text()),
    );

    process.kill(Number(parseRedisInfo(await fleet.redis.info('server')).get('process_id')), 'SIGKILL');
    // Had they waited for Redis, they would say so with 1.
    expect(await Promise.all(fleet.workers.map(async (worker) => await worker.stop()))).toEqual([0, 0]);
  });
});
