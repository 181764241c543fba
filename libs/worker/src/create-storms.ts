import type { MessageId } from '@posthorn/message';
import type { FailureCode } from '@posthorn/outcome';
import { failureRules } from '@posthorn/outcome';
import type { Pauses } from '@posthorn/queue';
import type { Clock, Log } from '@posthorn/runtime';
import type { LiveChannel } from './connected-channels.ts';

type ChannelRef = Pick<LiveChannel['channel'], 'id' | 'provider'>;

export interface StormDeps {
  /** On so many different recipients in a row; 0: never. */
  readonly recipients: number;
  readonly windowMs: number;
  readonly pauses: Pick<Pauses, 'pause'>;
  /** Whom a message was for. Null: that is not known any more. */
  readonly recipientOf: (channel: ChannelRef, id: MessageId) => Promise<string | null>;
  readonly clock: Clock;
  readonly log: Log;
  readonly count: (code: FailureCode) => void;
}

/**
 * Notices when one permanent failure ends message after message of a channel: a template that was deleted, a rule of the provider that changed.
 * Then the trouble is the channel's, whatever the rule of the code says, and the channel is paused before its backlog is dead.
 */
export interface Storms {
  /** A message of the channel died of that. */
  readonly died: (channel: ChannelRef, id: MessageId, code: FailureCode) => Promise<void>;
  /** One went well: the row is broken. Costs nothing. */
  readonly went: (channel: Pick<ChannelRef, 'id'>) => void;
}

interface Row {
  readonly code: FailureCode;
  /** When, by recipient. */
  readonly died: Map<string, number>;
}

/** Ends of our own. What `recipient` codes tell is about recipients, however many. */
const neverStorms: ReadonlySet<FailureCode> = new Set([
  'attempts_exhausted',
  'outcome_unknown',
  'channel_removed',
  'content_missing',
  'media_missing',
  'recipient_invalid',
  'recipient_identity_changed',
]);

/** Rows are in this process alone and only the dead write them, so the way of a message that goes well stays as it is. */
export function createStorms(deps: StormDeps): Storms {
  const { recipients, windowMs, pauses, clock, log } = deps;
  const rows = new Map<string, Row>();
  return {
    went: ({ id }) => void rows.delete(id),
    died: async (channel, messageId, code) => {
      const { then, owner } = failureRules[code];
      if (recipients === 0 || then !== 'stop' || owner === 'recipient' || neverStorms.has(code)) return;
      const known = rows.get(channel.id);
      const row = known?.code === code ? known : { code, died: new Map<string, number>() };
      if (row !== known) rows.set(channel.id, row);
      const recipient = await deps.recipientOf(channel, messageId);
      if (recipient === null) return;
      const now = clock.now();
      row.died.delete(recipient);
      row.died.set(recipient, now);
      // Oldest first: a Map keeps the order in which things were put in.
      for (const [each, at] of row.died) {
        if (at > now - windowMs && row.died.size <= recipients) break;
        row.died.delete(each);
      }
      if (row.died.size < recipients || rows.get(channel.id) !== row) return;
      rows.delete(channel.id);
      const why = `${recipients} recipients in a row within ${Math.round(windowMs / 1_000)} s`;
      await pauses.pause(channel, 'storm', code, { why });
      deps.count(code);
      log.error(
        { channelId: channel.id, code, recipients, windowMs },
        'the channel is paused: the same failure ended message after message; look at it, then "posthorn resume --channel" goes on and "posthorn dlq replay --all" brings back what died',
      );
    },
  };
}
