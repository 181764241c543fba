import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { DeadLetters } from '@posthorn/queue';
import type { Clock, Log } from '@posthorn/runtime';

export interface SweepDeps {
  readonly registry: Pick<ChannelRegistry, 'list'>;
  readonly ledger: Pick<Ledger, 'sweep'>;
  readonly deadLetters: Pick<DeadLetters, 'sweep'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly idleMs: number;
  /** Counts what was repaired. */
  readonly repaired: (kind: 'heads_without_job' | 'expired' | 'held_passed' | 'dead_letters', count: number) => void;
}

/**
 * One sweep over all channels: gives heads without a job their job back, ends what expired, lets followers pass a held head,
 * and moves dead letters that a mover left. Every step may run twice or side by side with another scheduler's.
 */
export function createSweep(deps: SweepDeps): () => Promise<void> {
  const sweepChannel = async (channel: Channel): Promise<void> => {
    const { readded, expired, passed } = await deps.ledger.sweep(channel, {
      idleMs: deps.idleMs,
      heldGraceMs: channel.heldGraceMs,
      nowMs: deps.clock.now(),
    });
    const moved = await deps.deadLetters.sweep(channel);
    deps.repaired('heads_without_job', readded);
    deps.repaired('expired', expired);
    deps.repaired('held_passed', passed);
    deps.repaired('dead_letters', moved);
    if (readded + expired + passed + moved > 0)
      deps.log.info({ op: 'sweep', channelId: channel.id, readded, expired, passed, moved }, 'sweep');
  };
  return async () => {
    for (const channel of deps.registry.list()) {
      try {
        await sweepChannel(channel);
      } catch (error) {
        deps.log.warn(
          { err: error, channelId: channel.id },
          'a channel could not be swept; the next sweep tries again',
        );
      }
    }
  };
}
