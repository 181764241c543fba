import { z } from 'zod';
import type { ChannelRef } from './ledger.ts';
import type { MessageView, PauseView, TimelineEntry, WaitsFor } from './message-view.ts';
import type { RecordFields } from './reply.ts';
import type { getReply } from './view.ts';
import { messageIdOf } from './view.ts';

/** A recipient's token bucket: one more each `everyMs`, up to `burst`. */
export interface ConversationPace {
  readonly everyMs: number;
  readonly burst: number;
}

interface Known {
  readonly channel: ChannelRef;
  readonly message: MessageView;
  readonly fields: RecordFields;
  readonly timeline: readonly TimelineEntry[];
  readonly pace: ConversationPace | null;
}

/** What a message waits for, and since when, from what get.lua tells of it. Null: it waits for nothing. */
export function toWaitsFor(known: Known, reply: z.output<typeof getReply>): WaitsFor | null {
  const { channel, message, fields, timeline } = known;
  const [, , , head, times, pauseEntries, now, [lastWorker, lastScore]] = reply;
  const [throttledUntil, recipientUntil, throttledSince, recipientSince, tokenUntil, tokenSince, bucketFullAt] =
    times.map((value) => Number(value ?? 0));
  const at = (name: string): number => Number(fields.get(name)?.toString() ?? 0);
  if (message.status === 'held') return { kind: 'evidence', since: message.statusAt };
  if (message.status !== 'accepted') return null;
  if (fields.has('ct')) return { kind: 'answer', since: at('ca') };
  if (message.sendAt !== null && message.sendAt > now)
    return { kind: 'its_time', until: message.sendAt, since: message.acceptedAt };
  // The first time that it could have gone: what holds it back since then may be older.
  const readyAt = timeline.findLast(({ what }) => startsWaiting.has(what))?.at ?? message.statusAt;
  const headId = head === null ? null : messageIdOf(channel, head);
  if (headId !== null && headId !== message.id) return { kind: 'predecessor', messageId: headId, since: readyAt };
  const pauses = toPauses(pauseEntries);
  if (pauses.length > 0) {
    const since = Math.max(readyAt, Math.min(...pauses.map((pause) => pause.since)));
    return { kind: 'channel_paused', reasons: pauses.map(({ reason }) => reason), pauses, since };
  }
  const later = (since: number | undefined): number => Math.max(readyAt, since ?? 0);
  if ((tokenUntil ?? 0) > now) return { kind: 'token', until: tokenUntil ?? 0, since: later(tokenSince) };
  if ((throttledUntil ?? 0) > now)
    return { kind: 'channel_throttled', until: throttledUntil ?? 0, since: later(throttledSince) };
  const retryAt = at('na');
  const until = Math.max(retryAt, recipientUntil ?? 0);
  if (until > now) {
    const tried = timeline.findLast(
      ({ what, code }) => code !== undefined && (what === 'attempt' || what === 'retried'),
    );
    if (retryAt >= (recipientUntil ?? 0))
      return { kind: 'retry', until, code: tried?.code ?? 'recipient_throttled', since: tried?.at ?? readyAt };
    return { kind: 'retry', until, code: 'recipient_throttled', since: later(recipientSince) };
  }
  const freeAt = known.pace === null ? 0 : (bucketFullAt ?? 0) - (known.pace.burst - 1) * known.pace.everyMs;
  if (freeAt > now) return { kind: 'pace', until: freeAt, since: readyAt };
  if (lastScore === undefined) return { kind: 'no_worker', since: readyAt };
  // The last one stopped in good order; its beat is put back by the life of one.
  if (lastWorker === '-') return { kind: 'no_worker', since: Number(lastScore) + beatLifeMs };
  if (Number(lastScore) <= now - beatLifeMs) return { kind: 'no_worker', since: Number(lastScore) };
  return { kind: 'worker', since: Math.max(readyAt, timeline.at(-1)?.at ?? 0) };
}

/** Workers tell that they are there well within this; see `createWorkerBeats` in libs/queue. */
const beatLifeMs = 15_000;

/** After these, it waits in its conversation. */
const startsWaiting: ReadonlySet<string> = new Set(['accepted', 'joined', 'replayed', 'resent', 'released', 'retried']);

const pauseSchema = z.object({ by: z.string(), at: z.number(), why: z.string().optional() });

function toPauses(entries: RecordFields): PauseView[] {
  return [...entries].map(([reason, value]) => {
    const { by, at, why } = pauseSchema.parse(JSON.parse(value.toString()));
    return { reason, by, since: at, why: why ?? null };
  });
}
