import { createWebhookProcessor, readOptOut } from '@posthorn/intake';
import type { Consumer } from '@posthorn/queue';
import { consume, createRawCalls, webhookJobSchema, webhookQueue } from '@posthorn/queue';
import type { Channel } from '@posthorn/channel';
import type { InboundId, MessageId } from '@posthorn/message';
import { createSecureRandom } from '@posthorn/runtime';
import { monotonicFactory } from 'ulid';
import { fetchAhead } from './fetch-ahead.ts';
import type { WorkerParts } from './worker-parts.ts';
import { applyLater } from './apply-later.ts';
import { unknownChannelMs } from './worker-parts.ts';

/** Hears which message of which channel an entry was about. */
type Touch = (channel: Channel, id: MessageId | InboundId) => void;

const arrives: ReadonlySet<string> = new Set(['sent', 'delivered', 'read', 'played']);

/** Consumes the provider's webhooks: the intake flow, joined to the parts. */
export function consumeWebhooks(parts: WorkerParts): Consumer {
  const { ledger, inbox, channels, deadLetters, provider, config, storms, told, log } = parts;
  const newUlid = monotonicFactory(createSecureRandom());
  const rawCalls = createRawCalls({ redis: parts.redis, inbox });
  const processorOf = (touch: Touch) =>
    createWebhookProcessor<Channel>({
      parse: provider.parse,
      byAddress: (address) =>
        channels.byAddress(address).map(({ channel, connected }) => ({ id: channel.id, ref: channel, connected })),
      status: async (channel, input) => {
        const result = await ledger.status(channel, input);
        if (result.kind !== 'unmatched') touch(channel, result.messageId);
        if (result.kind === 'applied' && arrives.has(input.status)) storms.told.went(channel);
        if (result.kind === 'applied' && result.later !== undefined)
          await applyLater(parts.accountHolds, await channels.find(channel.id), result.later);
        return result;
      },
      receive: async (channel, id, message) => {
        const words = [channel.optOutWords, await parts.tenantWords.of(channel.tenantId)];
        const result = await ledger.receive(channel, id, message, readOptOut(message.content, words));
        if (result.kind === 'received') touch(channel, id);
        // Also on a repeat: a worker may have died in between; a second errand of the same message is none.
        await fetchAhead(parts, channel, id, message);
        log.info(
          { op: 'receive', channelId: channel.id, inboundId: id, type: message.content.type, result: result.kind },
          'message received',
        );
        return result;
      },
      note: ledger.note,
      prefer: async (channel, { recipient, marketing, atMs }) =>
        await ledger.opt(channel, { recipient, what: marketing, source: 'preference', atMs }),
      deadLetter: async (channel, letter) => {
        await deadLetters.add(channel, letter);
        await storms.told.died(channel, letter.messageId, letter.code);
      },
      newUlid,
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
      const about: { readonly channel: Channel; readonly id: MessageId | InboundId }[] = [];
      const process = processorOf((touched, id) => void about.push({ channel: touched, id }));
      const report = await process({ channel, call, receivedAtMs: job.receivedAt });
      for (const [kind, count] of Object.entries(report)) {
        told.webhookEntries.inc({ provider: provider.id, kind }, Number(count));
      }
      const durationMs = Math.round(performance.now() - startedAt);
      log.info(
        { op: 'webhook', channelId: job.channelId, webhookId: job.id, ...report, durationMs },
        'webhook applied',
      );
      if (isOneTenants(about) && report.unrecognised === 0 && config.POSTHORN_RAW_KEPT_MS > 0) {
        const ids = about.map((each) => ({ channelId: each.channel.id, id: each.id }));
        const { id: callId, receivedAt } = job;
        await rawCalls.keep({
          provider: provider.id,
          callId,
          receivedAt,
          about: ids,
          keptMs: config.POSTHORN_RAW_KEPT_MS,
        });
      } else {
        await inbox.drop(provider.id, job.id);
      }
      return { kind: 'done' };
    },
  });
}

/**
 * A body may hold entries of several channels, where tenants share an account at the provider. Only one that is of one tenant's alone may
 * be shown to anybody.
 */
function isOneTenants(about: readonly { readonly channel: Channel }[]): boolean {
  return new Set(about.map(({ channel }) => channel.tenantId)).size === 1;
}
