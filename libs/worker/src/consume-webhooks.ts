import { createWebhookProcessor, readOptOut } from '@posthorn/intake';
import type { Consumer } from '@posthorn/queue';
import { consume, createRawCalls, webhookJobSchema, webhookQueue } from '@posthorn/queue';
import type { Channel } from '@posthorn/channel';
import type { InboundId, MessageId } from '@posthorn/message';
import { createSecureRandom } from '@posthorn/runtime';
import { monotonicFactory } from 'ulid';
import { fetchAhead } from './fetch-ahead.ts';
import { unreadable, unreadableMs } from './unreadable.ts';
import type { WorkerParts } from './worker-parts.ts';
import { applyLater } from './apply-later.ts';
import { unknownChannelMs } from './worker-parts.ts';

/** Hears which message of which channel an entry was about; null: it told of somebody who has been erased. */
type Touch = (channel: Channel, id: MessageId | InboundId | null) => void;

interface Told {
  readonly channel: Channel;
  readonly id: MessageId | InboundId | null;
}

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
        if (result.kind !== 'unmatched') touch(channel, result.isErased === true ? null : result.messageId);
        if (result.kind === 'applied' && arrives.has(input.status)) storms.told.went(channel);
        if (result.kind === 'applied' && result.later !== undefined)
          await applyLater(parts.accountHolds, await channels.find(channel.id), result.later);
        return result;
      },
      receive: async (channel, id, message) => {
        const words = [channel.optOutWords, await parts.tenantWords.of(channel.tenantId)];
        const result = await ledger.receive(channel, id, message, readOptOut(message.content, words));
        if (result.kind === 'received') touch(channel, id);
        if (result.kind === 'erased') {
          touch(channel, null);
          return result;
        }
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
      if (call === null) {
        if (!(await inbox.isKept(provider.id, job.id))) return { kind: 'done' };
        log.error({ webhookId: job.id }, unreadable);
        return { kind: 'later', afterMs: unreadableMs };
      }
      const startedAt = performance.now();
      const channel = { id: live.channel.id, ref: live.channel, connected: live.connected };
      const about: Told[] = [];
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
      const keptMs = report.unrecognised === 0 ? await rawKeptMs(about) : 0;
      if (keptMs > 0) {
        const ids = about.flatMap((each) => (each.id === null ? [] : [{ channelId: each.channel.id, id: each.id }]));
        const { id: callId, receivedAt } = job;
        await rawCalls.keep({ provider: provider.id, callId, receivedAt, about: ids, keptMs });
      } else {
        await inbox.drop(provider.id, job.id);
      }
      return { kind: 'done' };
    },
  });

  /**
   * How long a body is kept for people to look at. It may hold entries of several channels, where tenants share an account at the provider:
   * only one that is of one tenant's alone may be shown to anybody. One that tells of somebody erased is not kept at all.
   */
  async function rawKeptMs(about: readonly Told[]): Promise<number> {
    const [tenantId, ...others] = new Set(about.map(({ channel }) => channel.tenantId));
    if (tenantId === undefined || others.length > 0 || about.some(({ id }) => id === null)) return 0;
    if (config.POSTHORN_RAW_KEPT_MS === 0) return 0;
    return Math.min(config.POSTHORN_RAW_KEPT_MS, (await parts.retention.of(tenantId)) ?? Infinity);
  }
}
