import { createWebhookProcessor } from '@posthorn/intake';
import type { Consumer } from '@posthorn/queue';
import { consume, webhookJobSchema, webhookQueue } from '@posthorn/queue';
import { createSecureRandom } from '@posthorn/runtime';
import { monotonicFactory } from 'ulid';
import { fetchAhead } from './fetch-ahead.ts';
import type { WorkerParts } from './worker-parts.ts';
import { applyLater } from './apply-later.ts';
import { unknownChannelMs } from './worker-parts.ts';

/** Consumes the provider's webhooks: the intake flow, joined to the parts. */
export function consumeWebhooks(parts: WorkerParts): Consumer {
  const { ledger, inbox, channels, deadLetters, provider, config, told, log } = parts;
  const processWebhook = createWebhookProcessor({
    parse: provider.parse,
    byAddress: (address) =>
      channels.byAddress(address).map(({ channel, connected }) => ({ id: channel.id, ref: channel, connected })),
    status: async (channel, input) => {
      const result = await ledger.status(channel, input);
      if (result.kind === 'applied' && result.later !== undefined)
        await applyLater(parts.accountHolds, await channels.find(channel.id), result.later);
      return result;
    },
    receive: async (channel, id, message) => {
      const result = await ledger.receive(channel, id, message);
      // Also on a repeat: a worker may have died in between; a second errand of the same message is none.
      await fetchAhead(parts, channel, id, message);
      log.info(
        { op: 'receive', channelId: channel.id, inboundId: id, type: message.content.type, result: result.kind },
        'message received',
      );
      return result;
    },
    note: ledger.note,
    deadLetter: deadLetters.add,
    newUlid: monotonicFactory(createSecureRandom()),
  });

  return consume(parts.consuming, {
    ...parts.consuming,
    queue: webhookQueue(provider.id),
    schema: webhookJobSchema,
    concurrency: config.POSTHORN_WEBHOOK_CONCURRENCY,
    process: async (job) => {
      const live = await channels.find(job.channelId);
      if (live === null) return { kind: 'later', afterMs: unknownChannelMs };
      const call = await inbox.open(provider.id, job.id);
      if (call === null) return { kind: 'done' };
      const startedAt = performance.now();
      const channel = { id: live.channel.id, ref: live.channel, connected: live.connected };
      const report = await processWebhook({ channel, call, receivedAtMs: job.receivedAt });
      for (const [kind, count] of Object.entries(report)) {
        told.webhookEntries.inc({ provider: provider.id, kind }, Number(count));
      }
      const durationMs = Math.round(performance.now() - startedAt);
      log.info(
        { op: 'webhook', channelId: job.channelId, webhookId: job.id, ...report, durationMs },
        'webhook applied',
      );
      await inbox.drop(provider.id, job.id);
      return { kind: 'done' };
    },
  });
}
