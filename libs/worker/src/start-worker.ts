import type { ChannelRegistry } from '@posthorn/channel';
import { createChannelRegistry } from '@posthorn/channel';
import { createSendProcessor } from '@posthorn/delivery';
import { createWebhookProcessor } from '@posthorn/intake';
import type { Activation } from '@posthorn/ledger';
import { createLedger } from '@posthorn/ledger';
import type { RetryPolicy } from '@posthorn/outcome';
import type { Provider } from '@posthorn/provider';
import {
  addJobLua,
  consume,
  createDeadLetters,
  createPauses,
  createQueues,
  createWebhookInbox,
  deadJobSchema,
  deadQueue,
  deadReason,
  codeOfReason,
  sendJobSchema,
  sendQueue,
  setPace,
  webhookJobSchema,
  webhookQueue,
} from '@posthorn/queue';
import type { JobEnd } from '@posthorn/queue';
import type { Http, Log, Metrics, Own } from '@posthorn/runtime';
import {
  closeRedis,
  coalesceWrites,
  connectRedis,
  contextFromTraceparent,
  createHttp,
  createProbeServer,
  createSecureRandom,
  listenOrExplain,
  systemClock,
  systemRandom,
  withSpan,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { monotonicFactory } from 'ulid';
import { createChannelTokens } from './create-channel-tokens.ts';
import type { LiveChannel } from './connected-channels.ts';
import { connectChannels } from './connected-channels.ts';
import { createSendConsumers } from './send-consumers.ts';
import type { WorkerConfig } from './worker-config.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

/** A channel that is gone, or whose settings are wrong for now: its jobs wait. */
const unknownChannelMs = 5_000;

/** What a process shares among its apps. */
export interface Shared {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether traces are on. */
  readonly traced: boolean;
}

/**
 * Starts a provider's worker: it sends what its channels' queues hold, understands its webhooks, and parks dead letters.
 * Joins delivery, intake and the parts around one provider; whatever it opens, it gives to `own`.
 */
export async function startWorker(
  own: Own,
  provider: Provider,
  config: WorkerConfig,
  { log, metrics, traced }: Shared,
): Promise<{ readonly url: string }> {
  const sealer = createSealer(parseKeyRing(config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY));
  const name = `worker-${provider.id}`;
  const redis = own(
    connectRedis({ url: config.REDIS_URL, role: 'worker', log, name }),
    async (open) => await closeRedis(open),
    'redis',
  );
  // Sends and webhooks wait for providers and for Redis by turns: what one turn of the event loop has to say goes out in one write.
  coalesceWrites(redis);
  const registry = own(
    await createChannelRegistry({ redis, sealer, log, followMs: config.POSTHORN_FOLLOW_MS }),
    async (open: ChannelRegistry) => await open.close(),
    'channel registry',
  );
  const queues = own(createQueues(redis), async (open) => await open.close(), 'queues');
  const client = own(
    createHttp({ timeoutMs: config.POSTHORN_SEND_TIMEOUT_MS, connections: 512 }),
    async (open) => await open.close(),
    'provider calls',
  );
  const ledger = createLedger({
    redis,
    sealer,
    addJobLua: addJobLua(),
    sendQueueKeys: (channel) => sendQueue(channel).keyPrefix,
  });
  const inbox = createWebhookInbox({ redis, sealer });
  const deadLetters = createDeadLetters({ queues, clock: systemClock });
  const pauses = createPauses({ redis, queues, clock: systemClock });
  const told = createWorkerMetrics(metrics);
  const channels = connectChannels(registry, provider, log);
  const consumeDeps = { redis, clock: systemClock, log };
  const consumeOptions = { lockMs: config.POSTHORN_LOCK_MS, stalledIntervalMs: config.POSTHORN_STALLED_INTERVAL_MS };
  const policy: RetryPolicy = {
    attemptsMax: config.POSTHORN_SEND_ATTEMPTS_MAX,
    baseMs: config.POSTHORN_BACKOFF_BASE_MS,
    capMs: config.POSTHORN_BACKOFF_CAP_MS,
    delayFactor: config.POSTHORN_DELAY_FACTOR,
  };

  const http: Http = !traced
    ? client.http
    : async (request, signal) =>
        await withSpan(
          request.operation,
          { kind: 'client', attributes: { 'http.request.method': request.method } },
          async (span) => {
            const reply = await client.http(request, signal);
            if (reply.kind === 'answered') span.setAttribute('http.response.status_code', reply.status);
            else span.setAttribute('error.type', reply.reason);
            return reply;
          },
        );

  const tokens = createChannelTokens({
    redis,
    sealer,
    registry,
    pauses,
    http,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics,
  });

  interface Task extends Activation {
    readonly live: LiveChannel;
  }
  const processSend = createSendProcessor<Task>({
    claim: async (task) => await ledger.claim(task, task.live.connected.pace.conversation),
    record: async (task, token, disposition, exchange) => await ledger.record(task, token, disposition, exchange),
    externalIdOf: async (task, id) => await ledger.externalIdOf(task.channel, id),
    channel: (task) => task.live.connected,
    token: async (task) => await tokens.cache.get(task.live),
    replaceToken: async (task, version) => await tokens.cache.replace(task.live, version),
    toOutcome: provider.toOutcome,
    pauseChannel: async (task, code) => {
      log.error(
        { channelId: task.channel.id, code },
        'the channel is paused until its credentials or its account are put right; posthorn channels put resumes it',
      );
      await pauses.pause(task.channel, 'credentials', code);
    },
    http,
    clock: systemClock,
    random: systemRandom,
    policy,
    report: (task, report) => {
      told.attempts.inc({ provider: provider.id, outcome: report.disposition, code: report.code ?? 'none' });
      told.sendSeconds.observe({ provider: provider.id }, report.durationMs / 1_000);
      log.info({ op: 'send', channelId: task.channel.id, ...report }, 'provider call');
    },
  });

  const startSending = ({ channel }: LiveChannel): { close: () => Promise<void> } =>
    consume(consumeDeps, {
      ...consumeOptions,
      queue: sendQueue(channel),
      schema: sendJobSchema,
      concurrency: config.POSTHORN_SEND_CONCURRENCY,
      process: async (job, jobName): Promise<JobEnd> => {
        const live = await channels.find(channel.id);
        if (live === null) return { kind: 'later', afterMs: unknownChannelMs };
        const task: Task = { channel, messageId: job.messageId, generation: job.generation, live };
        if (jobName === 'join') {
          await ledger.join(task);
          return { kind: 'done' };
        }
        const end = !traced
          ? await processSend(task)
          : await withSpan(
              `process send.${provider.id}`,
              {
                kind: 'consumer',
                parent: contextFromTraceparent(job.traceparent ?? null),
                attributes: { 'messaging.message.id': job.messageId },
              },
              async () => await processSend(task),
            );
        if (end.kind !== 'dead') return end;
        told.deadLetters.inc({ provider: provider.id, code: end.code });
        return { kind: 'dead', reason: deadReason(end.code) };
      },
      onDead: (jobId) => {
        deadLetters
          .move(channel, jobId)
          .catch((error: unknown) =>
            log.warn({ err: error, channelId: channel.id }, 'a dead letter was not moved; the next sweep moves it'),
          );
      },
    });

  const processWebhook = createWebhookProcessor({
    parse: provider.parse,
    byAddress: (address) =>
      channels.byAddress(address).map(({ channel, connected }) => ({ id: channel.id, ref: channel, connected })),
    status: async (channel, input) => await ledger.status(channel, input),
    receive: async (channel, id, message) => {
      const result = await ledger.receive(channel, id, message);
      log.info(
        { op: 'receive', channelId: channel.id, inboundId: id, type: message.content.type, result: result.kind },
        'message received',
      );
      return result;
    },
    note: async (channel, type, fingerprint, data) => await ledger.note(channel, type, fingerprint, data),
    deadLetter: async (channel, letter) => await deadLetters.add(channel, letter),
    newUlid: monotonicFactory(createSecureRandom()),
  });

  const sending = createSendConsumers(
    {
      start: startSending,
      change: async ({ channel, connected }) =>
        await setPace(queues, sendQueue(channel), channel.pacePerSecond ?? connected.pace.channelPerSecond),
    },
    log,
  );
  own(sending, async (open) => await open.close(), 'messages under way');
  own(channels.follow(sending.follow), (stop) => stop(), 'channels');

  own(
    consume(consumeDeps, {
      ...consumeOptions,
      queue: webhookQueue(provider.id),
      schema: webhookJobSchema,
      concurrency: config.POSTHORN_WEBHOOK_CONCURRENCY,
      process: async (job): Promise<JobEnd> => {
        const live = await channels.find(job.channelId);
        if (live === null) return { kind: 'later', afterMs: unknownChannelMs };
        const call = await inbox.open(provider.id, job.id);
        if (call === null) return { kind: 'done' };
        const startedAt = performance.now();
        const channel = { id: live.channel.id, ref: live.channel, connected: live.connected };
        const report = await processWebhook({ channel, call, receivedAtMs: job.receivedAt });
        for (const [kind, count] of Object.entries(report))
          told.webhookEntries.inc({ provider: provider.id, kind }, Number(count));
        log.info(
          {
            op: 'webhook',
            channelId: job.channelId,
            webhookId: job.id,
            ...report,
            durationMs: Math.round(performance.now() - startedAt),
          },
          'webhook applied',
        );
        await inbox.drop(provider.id, job.id);
        return { kind: 'done' };
      },
    }),
    async (open) => await open.close(),
    'webhooks under way',
  );

  // Parked under Failed with their reason, where Bull Board lists them.
  own(
    consume(consumeDeps, {
      ...consumeOptions,
      queue: deadQueue(provider.id),
      schema: deadJobSchema,
      concurrency: 5,
      process: async (letter) =>
        await Promise.resolve({ kind: 'dead', reason: deadReason(codeOfReason(`${letter.code}:`)) }),
    }),
    async (open) => await open.close(),
    'dead letters',
  );

  const probes = own(
    createProbeServer({
      host: config.POSTHORN_WORKER_HOST,
      port: config.POSTHORN_WORKER_PORT,
      registry: metrics.registry,
      checks: { redis: async () => void (await redis.ping()) },
      log,
    }),
    async (open) => await open.close(),
    'probes',
  );
  own(probes, (open) => open.stopping(), 'readiness');
  return await listenOrExplain(async () => await probes.listen(), {
    variable: 'POSTHORN_WORKER_PORT',
    port: config.POSTHORN_WORKER_PORT,
    host: config.POSTHORN_WORKER_HOST,
  });
}
