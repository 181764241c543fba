import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { LaterStill, Ledger } from '@posthorn/ledger';
import type { DeadLetters, Pauses } from '@posthorn/queue';
import { isConnectionAway, type Clock, type Log } from '@posthorn/runtime';

/** What a sweep puts right or brings to its end. */
export type Repair =
  | 'heads_without_job'
  | 'expired'
  | 'held_passed'
  | 'held_resent'
  | 'held_ended'
  | 'late_failures'
  | 'dead_letters'
  | 'pauses';

export interface SweepDeps {
  readonly registry: Pick<ChannelRegistry, 'list'>;
  readonly ledger: Pick<Ledger, 'sweep' | 'late' | 'dealtWith'>;
  readonly deadLetters: Pick<DeadLetters, 'sweep' | 'add'>;
  readonly pauses: Pick<Pauses, 'align'>;
  /** Lets others wait, or pauses them, because a message failed late. */
  readonly applyLater: (channel: Channel, later: LaterStill) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly idleMs: number;
  /** Counts what was repaired. */
  readonly repaired: (kind: Repair, count: number) => void;
}

/**
 * One sweep over all channels: gives heads without a job their job back, ends what expired, brings held messages to the end that
 * their channel's policy says, deals with failures that nobody else does, moves dead letters that a mover left, and gives channels the
 * pauses of many that are in force. Every step may run twice or side by side with another scheduler's.
 */
export function createSweep(deps: SweepDeps): () => Promise<void> {
  const sweepChannel = async (channel: Channel): Promise<void> => {
    const { readded, expired, passed, resent, ended } = await deps.ledger.sweep(channel, {
      idleMs: deps.idleMs,
      heldGraceMs: channel.heldGraceMs,
      heldPolicy: channel.heldPolicy,
      nowMs: deps.clock.now(),
    });
    const late = await dealWithLate(channel);
    const moved = await deps.deadLetters.sweep(channel);
    const aligned = await deps.pauses.align(channel);
    const did = {
      heads_without_job: readded,
      expired,
      held_passed: passed,
      held_resent: resent,
      held_ended: ended,
      late_failures: late,
      dead_letters: moved,
      pauses: aligned ? 1 : 0,
    } satisfies Record<Repair, number>;
    for (const kind of repairs) deps.repaired(kind, did[kind]);
    if (Object.values(did).some((count) => count > 0))
      deps.log.info({ op: 'sweep', channelId: channel.id, ...did }, 'sweep');
  };

  /** The letter comes first, and only then is a failure dealt with: who dies in between writes the same letter again. */
  const dealWithLate = async (channel: Channel): Promise<number> => {
    const failures = await deps.ledger.late(channel);
    for (const failure of failures) {
      const { messageId, generation, code, later } = failure;
      if (code !== null) await deps.deadLetters.add(channel, { messageId, generation, code });
      if (later !== null) await deps.applyLater(channel, later);
      await deps.ledger.dealtWith(channel, failure);
    }
    return failures.length;
  };

  return async () => {
    for (const channel of deps.registry.list()) {
      try {
        await sweepChannel(channel);
      } catch (error) {
        // The connection tells it, once for all channels; of a cluster those on other shards go on.
        if (isConnectionAway(error)) continue;
        deps.log.warn(
          { err: error, channelId: channel.id },
          'a channel could not be swept; the next sweep tries again',
        );
      }
    }
  };
}

const repairs: readonly Repair[] = [
  'heads_without_job',
  'expired',
  'held_passed',
  'held_resent',
  'held_ended',
  'late_failures',
  'dead_letters',
  'pauses',
];
