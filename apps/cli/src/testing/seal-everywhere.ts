import { createHash } from 'node:crypto';
import { channelInputSchema, createChannelRegistry, createTokenStore } from '@posthorn/channel';
import { createErasureStore } from '@posthorn/erasure';
import { createLedger } from '@posthorn/ledger';
import { createMediaRecords } from '@posthorn/media';
import {
  channelIdSchema,
  externalIdSchema,
  mediaIdSchema,
  providerIdSchema,
  recipientSchema,
  subscriptionIdSchema,
  tenantIdSchema,
  toInboundId,
  toMessageId,
} from '@posthorn/message';
import { createFileErrands, createQueues, createTaskRecords, createWebhookInbox, sendJobScript } from '@posthorn/queue';
import { createSilentLog, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { createDeliveryLog, createSubscriptionRegistry, newSubscription } from '@posthorn/subscription';
import { ulid } from 'ulid';
import { z } from 'zod';

const provider = providerIdSchema.parse('twilio');
const tenantId = tenantIdSchema.parse('default');
const channel = channelInputSchema.parse({ id: 'sealed-1', provider, settings: { secret: 's3' } });
const to = recipientSchema.parse('+15550001111');
const messageId = toMessageId(channel.id, ulid());
const inboundId = toInboundId(channel.id, ulid());
const mediaId = mediaIdSchema.parse(`med_${ulid()}`);
const subscriptionId = subscriptionIdSchema.parse(`sub_${ulid()}`);
const errandId = 'fd_one-of_them';
const onboardingId = `onb_twilio_${ulid()}`;
const erasureId = `era_${ulid()}`;
const laterMs = 4_000_000_000_000;

/** Each lib that seals into Redis, writing and reading what it does. */
export function sealEverywhere(redis: RedisClient, sealer: Sealer) {
  const log = createSilentLog();
  const queues = createQueues(redis);
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });
  const tokens = createTokenStore({ redis, sealer });
  const deliveries = createDeliveryLog({ redis, sealer });
  const inbox = createWebhookInbox({ redis, sealer });
  const errands = createFileErrands({ redis, queues, sealer });
  const records = createTaskRecords({ redis, sealer, schema: z.object({ code: z.string() }), keptMs: 600_000 });
  const erasures = createErasureStore({ redis, sealer });
  const media = createMediaRecords({ redis, sealer, bytesMax: 1_000_000 });
  const registry = async () => await createChannelRegistry({ redis, sealer, log, followMs: 0 });
  const subscriptions = async () => await createSubscriptionRegistry({ redis, sealer, log, followMs: 0 });

  return {
    write: async (): Promise<void> => {
      await (await registry()).put(channel);
      await ledger.setState(channel, 'open');
      const token = { token: 'tok-1', credentials: 'c', expiresAtMs: laterMs, dueAtMs: laterMs };
      await tokens.store(channel.id, 0, token);
      const content = { type: 'text', body: 'hello' } as const;
      await ledger.accept(channel, {
        id: messageId,
        tenantId,
        lane: 'normal',
        ordered: true,
        sealed: { to, content },
        sendAt: null,
        expiresAt: null,
        traceparent: null,
      });
      const activation = { channel, messageId, generation: 1 };
      const claim = await ledger.claim(activation, null);
      if (claim.kind !== 'go') throw new Error(`expected go, came ${claim.kind}`);
      const externalId = externalIdSchema.parse('SM1');
      await ledger.record(activation, claim.token, { kind: 'done', externalId }, { attempt: 1, durationMs: 5 });
      const at = new Date(1_800_000_000_000).toISOString();
      const message = { externalId: externalIdSchema.parse('SM2'), from: to, sentAt: at, receivedAt: at, content };
      await ledger.receive(channel, inboundId, message);
      await ledger.note(channel, 'channel.news', 'once', { told: 'news' });
      const url = 'https://hooks.example.com/t0ken';
      const secrets = [{ secret: 'whsec_x', untilMs: null }];
      await (await subscriptions()).add(newSubscription({ id: subscriptionId, tenantId, url, secrets }, 0));
      for (const eventId of ['evt_1', 'evt_2']) {
        const how = {
          outcome: 'dead',
          status: 500,
          reason: null,
          answer: 'oops',
          durationMs: 1,
          nextAt: null,
        } as const;
        await deliveries.add(subscriptionId, { eventId, type: 'message.read', at: 0, attempt: 1, ...how });
      }
      const call = { url: '/hook', body: Buffer.from('body'), headers: {}, query: {} };
      await inbox.store({ provider, channelId: channelIdSchema.parse(channel.id), call, receivedAtMs: 1 });
      await errands.add(provider, {
        id: errandId,
        channelId: channel.id,
        inboundId: null,
        media: { id: 'f1' },
        target: { kind: 'store' },
        callbackData: 'mine',
      });
      const begun = {
        v: 1,
        id: erasureId,
        tenantId,
        by: 'test',
        dryRun: false,
        startedAt: 1,
        endedAt: null,
        nextAt: 1,
      } as const;
      await erasures.begin({ ...begun, waitsFor: { messages: 0, webhookCalls: 0, fileErrands: 0, spools: 0 } }, [to]);
      await records.save(provider, onboardingId, 0, { code: 'c0de' });
      await media.begin(mediaId, 1, 4);
      const sha256 = createHash('sha256').digest('hex');
      const times = { createdAtMs: 1, expiresAtMs: laterMs };
      const file = { id: mediaId, tenantId, channelId: null, contentType: 'image/png', bytes: 4, sha256, ...times };
      await media.finish({ ...file, name: 'holiday.png' });
      await media.rememberUpload(file, channel.id, { id: 'up-1', account: 'a', untilMs: laterMs });
    },

    /** What each reader gets of it: null or empty where it cannot open it. */
    read: async () => {
      const events = await ledger.events(channel, { limit: 10 });
      const [key = ''] = await redis.keys('posthorn:{webhook.twilio}:body:*');
      return {
        channel: (await registry()).get(channel.id)?.settings,
        token: (await tokens.read(channel.id)).token?.token,
        content: (await ledger.get(channel, messageId))?.message.sealed?.content,
        externalId: (await ledger.get(channel, messageId))?.message.externalId,
        received: events.find(({ type }) => type === 'message.received')?.message?.content,
        news: events.find(({ type }) => type === 'channel.news')?.data,
        subscription: (await subscriptions()).get(subscriptionId)?.url,
        deliveries: (await deliveries.list(subscriptionId, 10)).map(({ eventId }) => eventId),
        call: (await inbox.open(provider, key.split(':').at(-1) ?? ''))?.body.toString(),
        errand: (await errands.open(provider, errandId))?.callbackData,
        erasure: (await erasures.addresses(erasureId))?.join(),
        onboarding: (await records.read(provider, onboardingId))?.value.code,
        file: (await media.get(mediaId))?.name,
        upload: (await media.upload(mediaId, channel.id))?.id,
      };
    },
    close: async () => await queues.close(),
  };
}
