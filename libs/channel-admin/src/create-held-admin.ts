import type { Channel } from '@posthorn/channel';
import type { HeldAction, HeldMessage, Ledger } from '@posthorn/ledger';
import type { MessageId } from '@posthorn/message';
import type { DeadLetters } from '@posthorn/queue';
import type { Audit } from './create-audit.ts';

export interface HeldAdminDeps {
  readonly ledger: Pick<Ledger, 'held' | 'release' | 'discard'>;
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  readonly audit: Pick<Audit, 'record'>;
}

/** A held message, and where. */
export interface HeldRow extends HeldMessage {
  readonly channel: Channel;
}

/** How an action on a held message ended. */
export interface HeldEnd {
  readonly result: 'released' | 'discarded' | 'unknown' | 'content_gone' | 'not_held';
  /** For people. */
  readonly says: string;
}

/** What people do about messages of which nobody knows whether they went out. Every action leaves an entry in the audit. */
export interface HeldAdmin {
  /** Of these channels, those held longest first, and how many there are in all. */
  readonly list: (
    channels: readonly Channel[],
    count: number,
  ) => Promise<{ readonly total: number; readonly rows: readonly HeldRow[] }>;
  /** Sends it again: it may arrive twice. */
  readonly release: (channel: Channel, id: MessageId, action: HeldAction) => Promise<HeldEnd>;
  /** Gives it up: a dead letter. */
  readonly discard: (channel: Channel, id: MessageId, action: HeldAction) => Promise<HeldEnd>;
}

/** Joins ledger, dead letters and audit; the same for the CLI and for ops. */
export function createHeldAdmin({ ledger, deadLetters, audit }: HeldAdminDeps): HeldAdmin {
  const tell = async (
    what: 'release' | 'discard',
    { id, tenantId }: Channel,
    message: MessageId,
    { by, why }: HeldAction,
    result: string,
  ): Promise<void> => {
    const reason = why === undefined || why === '' ? '' : `: ${why}`;
    const entry = { by, action: `held.${what}`, tenantId, channelId: id, changed: [message] };
    await audit.record({ ...entry, result: `${result}${reason}` });
  };

  return {
    list: async (channels, count) => {
      const found = await Promise.all(
        channels.map(async (channel) => {
          const { total, messages } = await ledger.held(channel, { from: 0, count });
          return { total, rows: messages.map((held) => ({ ...held, channel })) };
        }),
      );
      const rows = found.flatMap((each) => each.rows).toSorted((a, b) => a.message.statusAt - b.message.statusAt);
      return { total: found.reduce((sum, { total }) => sum + total, 0), rows: rows.slice(0, count) };
    },
    release: async (channel, id, action) => {
      const end = await ledger.release(channel, id, action);
      await tell('release', channel, id, action, end.kind);
      switch (end.kind) {
        case 'released':
          return { result: end.kind, says: `${id} is sent again, labelled as a possible duplicate` };
        case 'content_gone':
          return { result: end.kind, says: `${id}: its content is not kept any more; send it anew as another message` };
        case 'unknown':
          return unknown(id);
        case 'not_held':
          return notHeld(id, end.status);
        default:
          return end satisfies never;
      }
    },
    discard: async (channel, id, action) => {
      const end = await ledger.discard(channel, id, action);
      // Also when it was discarded before: whoever did may have died before its letter was written. The same letter again is one.
      if (end.kind === 'discarded') {
        await deadLetters.add(channel, { messageId: id, generation: end.generation, code: 'outcome_unknown' });
      }
      await tell('discard', channel, id, action, end.kind);
      switch (end.kind) {
        case 'discarded':
          return { result: end.kind, says: `${id} is given up; its dead letter is dead_${id}_${end.generation}` };
        case 'unknown':
          return unknown(id);
        case 'not_held':
          return notHeld(id, end.status);
        default:
          return end satisfies never;
      }
    },
  };
}

function unknown(id: MessageId): HeldEnd {
  return { result: 'unknown', says: `${id}: the ledger does not know this message` };
}

function notHeld(id: MessageId, status: string): HeldEnd {
  return { result: 'not_held', says: `${id} is not held (any more): it is ${status}` };
}
