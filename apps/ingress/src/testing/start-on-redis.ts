import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createAccess } from '@posthorn/access';
import { channelInputSchema, createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { providerIdSchema } from '@posthorn/message';
import { createWebhookInbox, sendJobScript, webhookQueue } from '@posthorn/queue';
import {
  closeRedis,
  connectRedis,
  createMemoryLog,
  createMetrics,
  createSilentLog,
  readConfig,
  runApp,
  systemClock,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { ingressConfigSchema } from '../config.ts';
import { startIngress } from '../start-ingress.ts';
import { readAnswer, type Answer } from './test-answer.ts';
import { appSecret, sign, verifyToken } from './test-channels.ts';

const provider = providerIdSchema.parse('whatsapp-cloud');

/** Ingress as it is configured in production, with one channel. `usedUrl` is its own way to Redis; what closes it all is put into `closers`. */
export async function startOnRedis(
  redisUrl: string,
  usedUrl: string,
  spoolDir: string,
  closers: (() => unknown)[],
  env: Readonly<Record<string, string>> = {},
) {
  const key = randomBytes(32).toString('base64');
  const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
  const redis = connectRedis({ url: redisUrl, role: 'admin' });
  closers.push(() => closeRedis(redis));
  const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
  const id = `away-${randomBytes(6).toString('hex')}`;
  const channel = await registry.put(
    channelInputSchema.parse({
      id,
      provider,
      settings: { phoneNumberId: '106540352242922', wabaId: '1', accessToken: 'EAAtoken', appSecret, verifyToken },
    }),
  );
  closers.push(() => registry.remove(channel.id));
  const ledger = createLedger({ redis, sealer, ...sendJobScript() });
  await ledger.setState(channel, 'open');
  const apiKey = await createAccess({ redis, clock: systemClock }).createKey({
    tenantId: 'default',
    role: 'producer',
    name: id,
  });
  const config = readConfig(ingressConfigSchema, {
    REDIS_URL: usedUrl,
    POSTHORN_SEALING_KEYS: `k1:${key}`,
    POSTHORN_LOOKUP_KEY: key,
    POSTHORN_INGRESS_PORT: '0',
    POSTHORN_INGRESS_HOST: '127.0.0.1',
    POSTHORN_FOLLOW_MS: '50',
    POSTHORN_SPOOL_DIR: spoolDir,
    POSTHORN_MEDIA_DIR: join(spoolDir, 'media'),
    ...env,
  });
  const { log } = createMemoryLog('ingress');
  const metrics = createMetrics({ app: 'ingress' });
  let url = '';
  const app = runApp('ingress', { stopGraceMs: 10_000, log, handleSignals: false }, async (own) => {
    ({ url } = await startIngress(own, config, { log, metrics }));
  });
  await app.started;
  closers.push(app.stop);

  const inbox = createWebhookInbox({ redis, sealer });
  const at = `${url}/webhooks/whatsapp-cloud/${id}`;
  return {
    channel,
    ledger,
    /** What a producer is given beside the address of Redis. */
    keys: { sealingKeys: `k1:${key}`, lookupKey: key },
    /** What a client is given. */
    access: { url, apiKey: apiKey.key },
    metricsText: () => metrics.registry.metrics(),
    webhook: async (body: string, headers = sign(body)): Promise<Answer> =>
      await readAnswer(await fetch(at, { method: 'POST', headers, body })),
    handshake: async (): Promise<Answer> => await readAnswer(await fetch(`${at}?hub.mode=subscribe`)),
    send: async (): Promise<Answer> =>
      await readAnswer(
        await fetch(`${url}/v1/messages`, {
          method: 'POST',
          headers: { authorization: `Bearer ${apiKey.key}`, 'content-type': 'application/json' },
          body: JSON.stringify({ channelId: id, to: '+15550001111', content: { type: 'text', body: 'hi' } }),
        }),
      ),
    ready: async (): Promise<Answer> => await readAnswer(await fetch(`${url}/readyz`)),
    /** Bodies of our calls that wait for a worker, oldest first. */
    stored: async (): Promise<string[]> => {
      const { keyPrefix } = webhookQueue(provider);
      const ids = (await redis.lrange(`${keyPrefix}wait`, 0, -1)).toReversed();
      const calls = await Promise.all(ids.map(async (each) => await inbox.open(provider, each)));
      return calls.flatMap((call) => (call === null ? [] : [String(Buffer.from(call.body))]));
    },
  };
}

/** Looks again and again. */
export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 120_000;
  while (!(await look())) {
    if (performance.now() > giveUp) throw new Error(`waited 120 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
