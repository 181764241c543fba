import type { ChannelRef } from '@posthorn/ledger';
import { channelIdOf, messageIdSchema, type MessageId, type Status } from '@posthorn/message';
import { deadQueue } from '@posthorn/queue';
import { z } from 'zod';
import type { Accepted } from './produce.ts';
import type { Rig } from './rig.ts';
import { until } from './until.ts';

/** What the ledger says of one message; `lost`: it does not know it. */
export interface Row {
  readonly status: Status | 'lost';
  readonly acceptedAt: number;
  readonly attempts: number;
  readonly possibleDuplicate: boolean;
}

export type Books = ReadonlyMap<MessageId, Row>;

const settled: ReadonlySet<string> = new Set([
  'submitted',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
  'cancelled',
  'held',
  'lost',
]);
const out: ReadonlySet<string> = new Set(['submitted', 'sent', 'delivered', 'read', 'played']);
const atOnce = 500;
const atOneLook = 100;

/** Whether the provider has it, as far as the ledger knows. */
export function isOut({ status }: Row): boolean {
  return out.has(status);
}

/** Asks the ledger for each of them. */
export async function readBooks(rig: Rig, channel: ChannelRef, ids: readonly MessageId[]): Promise<Books> {
  const rows = new Map<MessageId, Row>();
  for (let from = 0; from < ids.length; from += atOnce) {
    await Promise.all(
      ids.slice(from, from + atOnce).map(async (id) => {
        const found = await rig.ledger.get(channel, id);
        const { status, acceptedAt, attempts, possibleDuplicate } = found?.message ?? {
          status: 'lost' as const,
          acceptedAt: 0,
          attempts: 0,
          possibleDuplicate: false,
        };
        rows.set(id, { status, acceptedAt, attempts, possibleDuplicate });
      }),
    );
  }
  return rows;
}

/**
 * Waits until no message is on its way any more, or the time is over; then reads the books. `done` says which statuses count as
 * the end: by default all but `accepted`.
 */
export async function settle(
  rig: Rig,
  channel: ChannelRef,
  accepted: readonly Pick<Accepted, 'id'>[],
  withinMs: number,
  done: (row: Row, id: MessageId) => boolean = ({ status }) => settled.has(status),
): Promise<Books> {
  const open = [...new Set(accepted.map(({ id }) => id))];
  await until(
    async () => {
      // Looking costs Redis and this process about as much as sending does: so a few at a time, until one is still on its way.
      while (open.length > 0) {
        const some = open.slice(0, atOneLook);
        const rows = await readBooks(rig, channel, some);
        const left = some.filter((id) => {
          const row = rows.get(id);
          return row === undefined || !done(row, id);
        });
        open.splice(0, some.length, ...left);
        if (left.length > 0) return false;
      }
      return true;
    },
    withinMs,
    100,
  );
  return await readBooks(rig, channel, [...new Set(accepted.map(({ id }) => id))]);
}

/** How many messages are in each status. */
export function tally(books: Books): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of books.values()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const counts = z.record(z.string(), z.object({ calls: z.number(), taken: z.number() }));
export type Calls = ReadonlyMap<string, { readonly calls: number; readonly taken: number }>;

/** How often each message reached the provider, by our id; counted by the sandbox, of all that ever came, or of one channel's. */
export async function readCalls(rig: Rig, channel?: ChannelRef): Promise<Calls> {
  const all = Object.entries(counts.parse(await rig.control('GET', 'counts?by=callbackData')));
  return new Map(all.filter(([id]) => channel === undefined || channelIdOf(messageIdSchema.parse(id)) === channel.id));
}

/** Messages that the provider took more than once although nobody was told that this may be. */
export function blindResends(books: Books, calls: Calls): readonly MessageId[] {
  return [...books].flatMap(([id, row]) => ((calls.get(id)?.taken ?? 0) > 1 && !row.possibleDuplicate ? [id] : []));
}

/** Dead letters of the channel's provider: a mover takes a failed job away within moments, so the queue itself shows none. */
export async function countDeadLetters(rig: Rig, { provider }: ChannelRef): Promise<number> {
  return await rig.queues.open(deadQueue(provider)).getJobCountByTypes('failed', 'waiting', 'active', 'delayed');
}
