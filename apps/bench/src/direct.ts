/**
 * `npm run bench:direct`: how many messages a second are accepted over HTTP (by one ingress, as a process of its own) and by a producer in
 * this process, on the same Redis and under keys, as many at once. Options: --messages 20000 --at-once 64 --rounds 3.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createAccess } from '@posthorn/access';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { createProducer } from '@posthorn/producer';
import { sendJobScript } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { startAppProcess } from './app-process.ts';
import { cpuSecondsOf } from './cpu.ts';
import { startThrowawayRedis } from './fleet.ts';
import { runLoad } from './load.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    'at-once': { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
  },
});
const [messages, atOnce, rounds] = [Number(values.messages), Number(values['at-once']), Number(values.rounds)];

const privateRedis = await startThrowawayRedis();
const [sealingKey, lookupKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const keys = { POSTHORN_SEALING_KEYS: `k1:${sealingKey}`, POSTHORN_LOOKUP_KEY: lookupKey };
const log = createSilentLog();
const redis = connectRedis({ url: privateRedis.url, role: 'admin', log });
const sealer = createSealer(parseKeyRing(keys.POSTHORN_SEALING_KEYS, lookupKey));
const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
const settings = { phoneNumberId: '1', wabaId: '1', accessToken: 'EAA', appSecret: 'of-the-bench', verifyToken: 'v' };
const channel = await registry.put(
  channelInputSchema.parse({ id: 'bench-direct', provider: 'whatsapp-cloud', settings }),
);
const ledger = createLedger({
  redis,
  sealer,
  ...sendJobScript(),
});
await ledger.setState(channel, 'open');
const caller = { tenantId: 'default', role: 'producer', name: 'bench' } as const;
const { key: apiKey } = await createAccess({ redis, clock: systemClock }).createKey(caller);
const where = { POSTHORN_INGRESS_HOST: '127.0.0.1', POSTHORN_INGRESS_PORT: '0', REDIS_URL: privateRedis.url };
const ingress = await startAppProcess('ingress', { ...keys, ...where }, cpuSecondsOf);
const producer = await createProducer({
  redisUrl: privateRedis.url,
  sealingKeys: keys.POSTHORN_SEALING_KEYS,
  lookupKey,
});

const messageTo = (index: number) => ({
  channelId: channel.id,
  to: `+1555${String(index).padStart(8, '0')}`,
  content: { type: 'text', body: 'Your parcel arrives today.' } as const,
});

/** Messages a second, each of its own conversation. */
async function overHttp(first: number): Promise<number> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const result = await runLoad(
    {
      origin: ingress.url,
      count: messages,
      sockets: atOnce,
      request: (index) => ({
        label: 'accept',
        path: '/v1/messages',
        headers: { ...headers, 'idempotency-key': `http-${first + index}` },
        body: JSON.stringify(messageTo(first + index)),
      }),
    },
    systemClock,
  );
  if (result.failures.size > 0) throw new Error(`not all were accepted: ${JSON.stringify([...result.failures])}`);
  return messages / ((result.endedAt - result.startedAt) / 1000);
}

async function direct(first: number): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < messages) {
      const index = first + next++;
      await producer.send(messageTo(index), { idempotencyKey: `direct-${index}` });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return messages / ((performance.now() - startedAt) / 1000);
}

try {
  // The first of each warms up.
  await overHttp(0);
  await direct(messages);
  const found: { readonly http: number[]; readonly direct: number[] } = { http: [], direct: [] };
  for (let round = 0; round < rounds; round += 1) {
    found.http.push(await overHttp((2 + 2 * round) * messages));
    found.direct.push(await direct((3 + 2 * round) * messages));
  }
  const of = (figures: readonly number[]) => `${Math.round(median(figures))} messages/s`;
  console.log(
    `over HTTP: ${of(found.http)}; direct: ${of(found.direct)} (medians of ${rounds} × ${messages}, ${atOnce} at once)`,
  );
} finally {
  await producer.close();
  await ingress.stop();
  await registry.close();
  await closeRedis(redis);
  await privateRedis.stop();
}
