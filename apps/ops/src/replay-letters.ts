import type { Ledger } from '@posthorn/ledger';
import type { ProviderId } from '@posthorn/message';
import type { DeadLetter, DeadLetters } from '@posthorn/queue';
import type { Log } from '@posthorn/runtime';

/** How a replay went. */
export type ReplayResult =
  /** It has a new life, or had got it already; the letter is gone. */
  | { readonly kind: 'replayed' }
  /** There is no such letter (any more). */
  | { readonly kind: 'unknown_letter' }
  /** It cannot be; the letter stays. */
  | { readonly kind: 'refused'; readonly says: string };

export interface ReplayDeps {
  readonly ledger: Pick<Ledger, 'replay'>;
  readonly deadLetters: Pick<DeadLetters, 'get' | 'list' | 'remove'>;
  readonly log: Log;
  readonly count: (result: string) => void;
}

/** Gives dead messages a new life. */
export interface ReplayLetters {
  /** `by` is told in the message's timeline. */
  readonly one: (provider: ProviderId, id: string, by: string) => Promise<ReplayResult>;
  /** Up to 1,000, in the order they were accepted. */
  readonly all: (provider: ProviderId, by: string) => Promise<{ readonly replayed: number; readonly refused: number }>;
}

const allMost = 1_000;

export function createReplayLetters({ ledger, deadLetters, log, count }: ReplayDeps): ReplayLetters {
  const replay = async (letter: DeadLetter, by: string): Promise<ReplayResult> => {
    const channel = { id: letter.channelId, provider: letter.provider };
    const { kind } = await ledger.replay(channel, letter.messageId, letter.generation, by);
    count(kind);
    log.info(
      { messageId: letter.messageId, channelId: letter.channelId, generation: letter.generation, by, result: kind },
      'replay',
    );
    switch (kind) {
      case 'replayed':
      // A replay whose second half was lost: only the letter was left.
      case 'repeat':
        await deadLetters.remove(letter.provider, letter.id);
        return { kind: 'replayed' };
      case 'content_gone':
        return refused('Its content is not kept any more, so it cannot be replayed. Send it anew as another message.');
      case 'not_failed':
        return refused('The message is not failed any more, so there is nothing to replay. Look at its timeline.');
      case 'unknown':
        return refused('The ledger does not know the message any more, so it cannot be replayed. Send it anew.');
      default:
        return kind satisfies never;
    }
  };

  return {
    one: async (provider, id, by) => {
      const letter = await deadLetters.get(provider, id);
      return letter === null ? { kind: 'unknown_letter' } : await replay(letter, by);
    },
    all: async (provider, by) => {
      const letters = await deadLetters.list(provider, { from: 0, count: allMost });
      let replayed = 0;
      // Ids grow with time, and one after another: messages of a conversation leave in the order of their replay.
      for (const letter of letters.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1))) {
        if ((await replay(letter, by)).kind === 'replayed') replayed += 1;
      }
      return { replayed, refused: letters.length - replayed };
    },
  };
}

function refused(says: string): ReplayResult {
  return { kind: 'refused', says };
}
