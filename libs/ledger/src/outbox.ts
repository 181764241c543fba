import type { ChannelId } from '@posthorn/message';
import { eventTypeSchema } from '@posthorn/message';
import { z } from 'zod';
import type { ChannelRef } from './ledger.ts';
import type { EventPointer } from './message-view.ts';
import { number, text, textOrNull } from './reply.ts';
import type { ScriptDeps } from './scripts.ts';
import { channelBase, createScripts } from './scripts.ts';

/** The Redis channel on which scripts that wrote events call whoever waits for them: its messages are channel ids. */
export const eventsCalled = 'posthorn:events';

/** What a take found. */
export type Taken =
  /** Nobody subscribes to this channel. */
  | { readonly kind: 'closed' }
  /** Another forwarder has it, and looks again before it gives it back. */
  | { readonly kind: 'busy' }
  | {
      readonly kind: 'taken';
      readonly cursor: string;
      /** Oldest first; empty: the channel has been given back. */
      readonly events: readonly EventPointer[];
      /** Where the cursor goes after them. */
      readonly next: string;
      /** How long the oldest of them has waited, in ms. */
      readonly oldestMs: number;
      /** The log had reached its end before it was fanned out: older events are gone. */
      readonly missed: boolean;
    };

/** The event logs of channels as the outbox to subscribers (ADR 0008, 0011). Each method is one round trip. */
export interface Outbox {
  /** Fans a channel out from now on; `fromMs` (since 1970, Redis' clock) is where to begin. Repeated, it changes nothing. */
  readonly open: (channel: ChannelRef, fromMs: number) => Promise<void>;
  /** Nobody subscribes any more. */
  readonly close: (channel: ChannelRef) => Promise<void>;
  /** What is to be fanned out next. `done` says that the events taken before have been handed over. */
  readonly take: (
    channel: ChannelRef,
    token: string,
    done: { readonly cursor: string; readonly next: string } | null,
    limit: number,
  ) => Promise<Taken>;
  /** Pointers after a position (exclusive), up to where the channel has been fanned out; `missed`: the log no longer reaches back there. */
  readonly read: (
    channel: ChannelRef,
    after: string,
    limit: number,
  ) => Promise<{
    readonly events: readonly EventPointer[];
    /** To go on from. */
    readonly next: string;
    /** Nothing follows `next` that has been fanned out. */
    readonly end: boolean;
    readonly missed: boolean;
  }>;
  /** Asks to be called for the next `ms`, also where nobody subscribes. */
  readonly listen: (channelId: ChannelId, ms: number) => Promise<void>;
  /** Redis' time in ms: what positions are made of. */
  readonly now: () => Promise<number>;
}

const takenMs = 5_000;
const pointer = z.tuple([text, text, number, textOrNull, number]);
const takeReply = z.union([
  z.tuple([text]),
  z.tuple([text, text, text, number]),
  z.tuple([text, text, text, number, z.array(pointer)]),
]);
const readReply = z.tuple([text, text, z.array(pointer)]);

export function createOutbox(deps: ScriptDeps): Outbox {
  const { redis } = deps;
  const run = createScripts(deps);
  return {
    open: async (channel, fromMs) => void (await redis.set(`${channelBase(channel)}fan`, `${fromMs}-0`, 'NX')),
    close: async (channel) => void (await redis.del(`${channelBase(channel)}fan`)),
    take: async (channel, token, done, limit) => {
      const [kind, cursor, missed, now, rows = []] = takeReply.parse(
        await run('outbox-take', channel, [token, takenMs, limit, done?.cursor ?? '', done?.next ?? '']),
      );
      if (cursor === undefined || now === undefined) return { kind: kind === 'closed' ? kind : 'busy' };
      return {
        kind: 'taken',
        cursor,
        events: rows.flatMap(toPointer),
        next: rows.at(-1)?.[0] ?? cursor,
        oldestMs: Math.max(0, now - (rows[0]?.[2] ?? now)),
        missed: missed === '1',
      };
    },
    read: async (channel, after, limit) => {
      const [fannedTo, first, rows] = readReply.parse(await run('outbox-read', channel, [after, limit]));
      const reached = rows.filter(([position]) => fannedTo !== '' && !isAfter(position, fannedTo));
      return {
        events: reached.flatMap(toPointer),
        next: reached.at(-1)?.[0] ?? after,
        end: reached.length < limit,
        missed: first !== '' && isAfter(first, after) && first === rows[0]?.[0],
      };
    },
    listen: async (channelId, ms) => void (await redis.set(`posthorn:{${channelId}}:live`, 1, 'PX', ms)),
    now: async () => {
      const [seconds = 0, micros = 0] = z.array(z.coerce.number()).parse(await redis.time());
      return seconds * 1_000 + Math.floor(micros / 1_000);
    },
  };
}

/** Whether a position of a log comes after another one. */
export function isAfter(position: string, other: string): boolean {
  const [[ms, n], [otherMs, otherN]] = [partsOf(position), partsOf(other)];
  return ms > otherMs || (ms === otherMs && n > otherN);
}

function partsOf(position: string): readonly [number, number] {
  const [ms = 0, n = 0] = position.split('-').map(Number);
  return [ms, n];
}

/** Nothing for a type of another release: a forwarder that knows it was started, or will be, and this one moves on. */
function toPointer([position, known, at, ulid, generation]: z.output<typeof pointer>): EventPointer[] {
  const type = eventTypeSchema.safeParse(known).data;
  return type === undefined ? [] : [{ position, type, at, ulid, generation }];
}
