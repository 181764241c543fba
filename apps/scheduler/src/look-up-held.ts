import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { HeldTask } from '@posthorn/delivery';
import { isLookUpDue, lookUpHeld } from '@posthorn/delivery';
import type { HeldMessage, Ledger } from '@posthorn/ledger';
import type { ConnectedChannel } from '@posthorn/provider';
import { warnOf, type Clock, type Http, type Log } from '@posthorn/runtime';

export interface HeldLookUpDeps {
  readonly registry: Pick<ChannelRegistry, 'list'>;
  readonly ledger: Pick<Ledger, 'held' | 'known' | 'settleHeld' | 'noteLookUp'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly connected: (channel: Channel) => Promise<ConnectedChannel | null>;
  /** The stored access token; null: there is none for now, or the provider needs none. */
  readonly token: (channel: Channel) => Promise<string | null>;
  readonly report: (channel: Channel, result: 'settled' | 'unsettled' | 'impossible') => void;
}

/** Of one channel in one sweep: look-ups count against the provider's limits too. */
const lookedAtMost = 500;
const callsMost = 20;

/** Looks for held messages at their providers, beside the sweep, which must not wait for a provider. */
export interface HeldLookUp {
  /** All channels once. */
  readonly tick: () => Promise<void>;
  /** Makes no further call. */
  readonly stop: () => void;
}

export function createHeldLookUp(deps: HeldLookUpDeps): HeldLookUp {
  const { registry, ledger, http, clock, log } = deps;
  let stopped = false;

  const lookIn = async (channel: Channel): Promise<void> => {
    const connected = await deps.connected(channel);
    const { lookUp } = connected ?? {};
    if (connected === null || lookUp === undefined) return;
    const { messages } = await ledger.held(channel, { from: 0, count: lookedAtMost });
    const tasks = messages.flatMap((held) => toTask(held) ?? []);
    const due = tasks.filter((task) => isLookUpDue(task, channel.heldGraceMs, clock.now())).slice(0, callsMost);
    if (due.length === 0) return;
    const token = connected.tokens === null ? null : await deps.token(channel);
    if (connected.tokens !== null && token === null) return;
    // One after another: what one settles is no longer free for the next.
    for (const task of due) {
      if (stopped) return;
      const result = await lookUpHeld(
        {
          lookUp: ({ lost }) => lookUp(lost, token),
          http,
          known: async (_task, ids) => await ledger.known(channel, ids),
          settle: async (one, id, note) => await ledger.settleHeld({ channel, ...one }, id, note),
          note: async (one, note) => await ledger.noteLookUp({ channel, ...one }, note),
        },
        task,
        tasks,
      );
      deps.report(channel, result);
      if (result !== 'impossible')
        log.info({ op: 'lookUp', channelId: channel.id, messageId: task.messageId, result }, 'look-up');
    }
  };

  return {
    tick: async () => {
      for (const channel of registry.list()) {
        if (stopped) return;
        await lookIn(channel).catch((error: unknown) =>
          warnOf(
            log,
            error,
            { channelId: channel.id },
            'held messages of a channel could not be looked for; it is tried again',
          ),
        );
      }
    },
    stop: () => {
      stopped = true;
    },
  };
}

function toTask(held: HeldMessage): HeldTask | null {
  const { message, calledAt, lookUps, spentIds } = held;
  const { id, generation, sealed, statusAt } = message;
  if (sealed === null) return null;
  const outgoing = { id, to: sealed.to, content: sealed.content, replyTo: null, reactionTo: null, spentIds };
  return { messageId: id, generation, lost: { message: outgoing, calledAtMs: calledAt }, heldAtMs: statusAt, lookUps };
}
