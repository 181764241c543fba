import type { InboundId, MessageId } from '@posthorn/message';
import type { Sealer } from '@posthorn/sealing';
import type { RedisClient } from '@posthorn/runtime';
import type { Ledger } from './ledger.ts';
import type { RunScript } from './scripts.ts';
import { channelBase } from './scripts.ts';
import type { SealedRecords } from './sealed-record.ts';
import { parseTimeline } from './timeline.ts';
import { eventReply, eventsReply, getReply, listReply, toEventView, toMessageView } from './view.ts';
import { toWaitsFor } from './waits-for.ts';

interface LookUpDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly records: SealedRecords;
  readonly run: RunScript;
}

/** The ledger's part that only reads; see `ledger.ts` for what each method promises. */
export function createLookUps({
  redis,
  sealer,
  records,
  run,
}: LookUpDeps): Pick<Ledger, 'get' | 'getInbound' | 'list' | 'events' | 'event' | 'externalIdOf'> {
  return {
    get: async (channel, id, pace = null) => {
      const reply = getReply.nullable().parse(await run('get', channel, [ulidOf(id)]));
      if (reply === null) return null;
      const [fields, content, lines] = reply;
      const view = toMessageView(channel, ulidOf(id), fields, content, records);
      const timeline = [{ at: view.acceptedAt, what: 'accepted' }, ...parseTimeline(lines)];
      const problem = timeline.findLast((entry) => entry.problem !== undefined)?.problem ?? null;
      const message = view.failure === null ? view : { ...view, failure: { ...view.failure, problem } };
      return { message, timeline, waitsFor: toWaitsFor({ channel, message, fields, timeline, pace }, reply) };
    },

    getInbound: async (channel, id) => {
      const blob = await redis.getBuffer(`${channelBase(channel)}i:${ulidOf(id)}`);
      return blob === null ? null : records.openInbound(id, blob);
    },

    list: async (channel, { recipient, externalId, before, limit }) => {
      const reply = await run('list', channel, [
        recipient === undefined ? '' : sealer.lookupHash(recipient),
        externalId === undefined ? '' : sealer.lookupHash(externalId),
        before === undefined ? '' : ulidOf(before),
        limit,
      ]);
      return listReply
        .parse(reply)
        .map(([ulid, fields, content]) => toMessageView(channel, ulid, fields, content, records));
    },

    events: async (channel, { after, limit }) => {
      const reply = eventsReply.parse(await run('events', channel, [after ?? '', limit]));
      return reply.flatMap((row) => toEventView(channel, row, records) ?? []);
    },

    event: async (channel, { position, type, at, ulid, generation }) => {
      const reply = eventReply.parse(await run('event', channel, [position, type, at, ulid ?? '', generation]));
      return toEventView(channel, reply, records);
    },

    externalIdOf: async (channel, id) => {
      const base = channelBase(channel);
      if (id.startsWith('in_')) {
        const blob = await redis.getBuffer(`${base}i:${ulidOf(id)}`);
        return blob === null ? null : (records.openInbound(id, blob)?.externalId ?? null);
      }
      const blob = await redis.hgetBuffer(`${base}m:${ulidOf(id)}`, 'x');
      return blob === null ? null : records.openExternalId(channel.id, blob);
    },
  };
}

function ulidOf(id: MessageId | InboundId): string {
  return id.slice(-26);
}
