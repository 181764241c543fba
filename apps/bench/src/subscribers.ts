/**
 * `npm run bench:subscribers`: many subscribers, some of them dead, on a forwarder as a process of its own, Redis and receivers on the
 * same machine. Tells how long events take from what happened to a living subscriber. Options: --subscribers 1000 --dead 100
 * --rate 500 (deliveries a second) --seconds 20 --forwarders 1.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { recipientSchema, subscriptionIdSchema, tenantIdSchema, toMessageId } from '@posthorn/message';
import { sendJobScript } from '@posthorn/queue';
import { closeRedis, connectRedis, createSilentLog } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { createSubscriptionRegistry, newSubscription } from '@posthorn/subscription';
import { build } from 'hdr-histogram-js';
import { ulid } from 'ulid';
import { startAppProcess } from './app-process.ts';
import { cpuSecondsOf } from './cpu.ts';
import { startThrowawayRedis } from './fleet.ts';

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '1000' },
    dead: { type: 'string', default: '100' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    forwarders: { type: 'string', default: '1' },
  },
});
const [subscribers, dead, rate, seconds, forwarders] = [
  Number(values.subscribers),
  Number(values.dead),
  Number(values.rate),
  Number(values.seconds),
  Number(values.forwarders),
];
/** So many subscribers watch each channel: each event becomes so many deliveries. */
const perChannel = 50;

const latency = build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000 });
const seen = new Set<string>();
let measuring = false;
const receiver = createHttpServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => (body += part.toString()));
  request.on('end', () => {
    response.writeHead(204).end();
    const at = /"timestamp":"(?<at>[^"]+)"/u.exec(body)?.groups?.['at'] ?? '';
    const key = `${request.url ?? ''} ${String(request.headers['webhook-id'])}`;
    if (measuring && !seen.has(key)) latency.recordValue(Math.max(1, Date.now() - Date.parse(at)));
    seen.add(key);
  });
}).listen(0, '127.0.0.1');
// Takes connections and never says a word: the worst of dead subscribers, since each call lasts until its timeout.
const held = new Set<Socket>();
const blackHole = createTcpServer((socket) => held.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
await Promise.all([once(receiver, 'listening'), once(blackHole, 'listening')]);
const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' ? (address?.port ?? 0) : 0;

const privateRedis = await startThrowawayRedis();
const key = randomBytes(32).toString('base64');
const log = createSilentLog();
const redis = connectRedis({ url: privateRedis.url, role: 'admin', log });
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
const channels = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
const subscriptions = await createSubscriptionRegistry({ redis, sealer, log, followMs: 0 });
const ledger = createLedger({
  redis,
  sealer,
  ...sendJobScript(),
});
const tenantId = tenantIdSchema.parse('default');
const made = await Promise.all(
  Array.from({ length: Math.ceil(subscribers / perChannel) }, async (_, at) => {
    const channel = await channels.put(
      channelInputSchema.parse({ id: `bench-${at}`, provider: 'whatsapp-cloud', settings: {} }),
    );
    await ledger.setState(channel, 'open');
    return channel;
  }),
);
for (let at = 0; at < subscribers; at += 1) {
  const isDead =
    at % Math.floor(subscribers / Math.max(1, dead)) === 0 && at / Math.floor(subscribers / Math.max(1, dead)) < dead;
  const deadUrl = at % 2 === 0 ? `http://127.0.0.1:${portOf(blackHole.address())}/` : 'http://127.0.0.1:9/';
  const channel = made[at % made.length];
  const subscription = {
    id: subscriptionIdSchema.parse(`sub_${ulid()}`),
    tenantId,
    url: isDead ? deadUrl : `http://127.0.0.1:${portOf(receiver.address())}/${at}`,
    channels: channel === undefined ? null : [channel.id],
    secrets: [{ secret: `whsec_${randomBytes(32).toString('base64')}`, untilMs: null }],
  };
  await subscriptions.add(newSubscription(subscription, 0));
}
const apps = await Promise.all(
  Array.from(
    { length: forwarders },
    async () =>
      await startAppProcess(
        'forwarder',
        {
          REDIS_URL: privateRedis.url,
          POSTHORN_SEALING_KEYS: `k1:${key}`,
          POSTHORN_LOOKUP_KEY: key,
          POSTHORN_FORWARDER_HOST: '127.0.0.1',
          POSTHORN_FORWARDER_PORT: '0',
          POSTHORN_CALLBACK_ALLOW: '127.0.0.0/8',
          POSTHORN_LOG_LEVEL: 'info',
        },
        cpuSecondsOf,
      ),
  ),
);

let sent = 0;
async function load(forMs: number): Promise<void> {
  const until = performance.now() + forMs;
  const everyMs = (1_000 * perChannel) / rate;
  for (let due = performance.now(); due < until; due += everyMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    const channel = made[sent % made.length];
    if (channel === undefined) return;
    sent += 1;
    await ledger.accept(channel, {
      id: toMessageId(channel.id, ulid()),
      tenantId,
      lane: 'normal',
      ordered: false,
      sealed: { to: recipientSchema.parse('+15550001111'), content: { type: 'text', body: 'hi' } },
      sendAt: null,
      expiresAt: null,
      traceparent: null,
    });
  }
}

console.error(`${subscribers} subscribers, ${dead} of them dead; ${rate} deliveries a second for ${seconds} s`);
// The first ones open a thousand queues and connections.
await load(10_000);
await new Promise((resolve) => setTimeout(resolve, 3_000));
const cpuBefore = apps.map((app) => app.cpuSeconds());
measuring = true;
await load(seconds * 1_000);
await new Promise((resolve) => setTimeout(resolve, 2_000));
measuring = false;
const cpu = apps.reduce((sum, app, at) => sum + app.cpuSeconds() - (cpuBefore[at] ?? 0), 0);
console.log(
  JSON.stringify(
    {
      subscribers,
      dead,
      deliveries: latency.totalCount,
      p50Ms: latency.getValueAtPercentile(50),
      p99Ms: latency.getValueAtPercentile(99),
      maxMs: latency.maxValue,
      forwarderCpuPerDeliveryMicros: Math.round((cpu * 1e6) / Math.max(1, latency.totalCount)),
    },
    null,
    2,
  ),
);
await Promise.all(apps.map(async (app) => await app.kill()));
for (const socket of held) socket.destroy();
blackHole.close();
receiver.closeAllConnections();
receiver.close();
await channels.close();
await subscriptions.close();
await closeRedis(redis);
await privateRedis.stop();
