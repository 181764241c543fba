import { setTimeout as delay } from 'node:timers/promises';
import { createSendProcessor } from '@posthorn/delivery';
import type { Activation } from '@posthorn/ledger';
import type { Consumer, JobEnd, SendJob } from '@posthorn/queue';
import { consume, deadReason, sendJobSchema, sendQueue, spacingOf } from '@posthorn/queue';
import { contextFromTraceparent, systemClock, systemRandom, withSpan } from '@posthorn/runtime';
import type { LiveChannel } from './connected-channels.ts';
import { paceOf } from './connected-channels.ts';
import { createPrepareFiles } from './prepare-files.ts';
import { toRetryPolicy } from './retry-variables.ts';
import type { WorkerParts } from './worker-parts.ts';
import { unknownChannelMs } from './worker-parts.ts';

interface Task extends Activation {
  readonly live: LiveChannel;
}

/** Returns what starts consuming a channel's messages: the delivery flow, joined to the parts. */
export function createSending(parts: WorkerParts, uploads: AbortSignal): (live: LiveChannel) => Consumer {
  const { ledger, tokens, channels, deadLetters, provider, config, storms, told, log } = parts;
  const prepareFiles = createPrepareFiles({
    files: parts.files,
    http: parts.http,
    clock: systemClock,
    log,
    publicUrl: config.POSTHORN_PUBLIC_URL ?? null,
    linkMs: config.POSTHORN_MEDIA_LINK_MS,
    signal: uploads,
  });
  const processSend = createSendProcessor<Task>({
    claim: (task, options) =>
      ledger.claim(task, task.live.connected.pace.conversation, {
        ...options,
        spacingMs: spacingOf(paceOf(task.live)),
      }),
    prepareFiles: ({ live }, content, token) => prepareFiles(live, content, token),
    record: ledger.record,
    externalIdOf: (task, id) => ledger.externalIdOf(task.channel, id),
    channel: (task) => task.live.connected,
    token: (task) => tokens.cache.get(task.live),
    replaceToken: (task, version) => tokens.cache.replace(task.live, version),
    toOutcome: provider.toOutcome,
    pauseChannel: ({ live }, code, scope) => parts.accountHolds.pause(live, code, scope),
    slowAccount: ({ live }, ms) => parts.accountHolds.slow(live, ms),
    lackToken: (task, ms) => ledger.wait(task.channel, 'token', ms),
    http: parts.http,
    clock: systemClock,
    sleep: (ms) => delay(ms),
    random: systemRandom,
    policy: toRetryPolicy(config),
    report: (task, report) => {
      if (report.disposition === 'done') storms.answered.went(task.channel);
      told.attempts.inc({ provider: provider.id, outcome: report.disposition, code: report.code ?? 'none' });
      told.sendSeconds.observe({ provider: provider.id }, report.durationMs / 1_000);
      log.info({ op: 'send', channelId: task.channel.id, ...report }, 'provider call');
    },
  });

  const processJob = async ({ messageId, generation }: SendJob, name: string, live: LiveChannel): Promise<JobEnd> => {
    const task: Task = { channel: live.channel, messageId, generation, live };
    if (name === 'join') {
      await ledger.join(task);
      return { kind: 'done' };
    }
    const end = await processSend(task);
    if (end.kind !== 'dead') return end;
    told.deadLetters.inc({ provider: provider.id, code: end.code });
    await storms.answered.died(task.channel, messageId, end.code).catch((error: unknown) => {
      // The message is dead all the same.
      log.warn({ err: error, channelId: task.live.channel.id }, 'it is not known whether this is a storm');
    });
    return { kind: 'dead', reason: deadReason(end.code, end.providerCode) };
  };

  return ({ channel }) =>
    consume(parts.consuming, {
      ...parts.consuming,
      queue: sendQueue(channel),
      schema: sendJobSchema,
      concurrency: config.POSTHORN_SEND_CONCURRENCY,
      process: async (job, name) => {
        const live = await channels.find(channel.id);
        if (live === null) return { kind: 'later', afterMs: unknownChannelMs };
        const parent = contextFromTraceparent(job.traceparent ?? null);
        const attributes = { 'messaging.message.id': job.messageId };
        return await withSpan(`process send.${provider.id}`, { kind: 'consumer', parent, attributes }, () =>
          processJob(job, name, live),
        );
      },
      onDead: (jobId) => {
        deadLetters
          .move(channel, jobId)
          .catch((error: unknown) =>
            log.warn({ err: error, channelId: channel.id }, 'a dead letter was not moved; the next sweep moves it'),
          );
      },
    });
}
