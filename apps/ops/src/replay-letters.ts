import type { LetterAdmin, ReplayEnd } from '@posthorn/channel-admin';
import type { ProviderId } from '@posthorn/message';
import type { Log } from '@posthorn/runtime';

export interface ReplayDeps {
  readonly letters: Pick<LetterAdmin, 'list' | 'replay'>;
  readonly log: Log;
  readonly count: (result: ReplayEnd['result']) => void;
}

/** Gives dead messages a new life, for Bull Board and the page of dead letters. */
export interface ReplayLetters {
  /** `by` is told in the message's timeline. */
  readonly one: (id: string, by: string, why?: string) => Promise<ReplayEnd>;
  /** Up to 1,000, in the order they were accepted. More is a replay run's. */
  readonly all: (provider: ProviderId, by: string) => Promise<{ readonly replayed: number; readonly refused: number }>;
}

const allMost = 1_000;

export function createReplayLetters({ letters, log, count }: ReplayDeps): ReplayLetters {
  const one: ReplayLetters['one'] = async (id, by, why) => {
    const end = await letters.replay(id, { by, why });
    count(end.result);
    log.info({ letterId: id, by, result: end.result }, 'replay');
    return end;
  };
  return {
    one,
    all: async (provider, by) => {
      const { letters: found } = await letters.list({ provider }, { limit: allMost });
      let replayed = 0;
      // Ids grow with time, and one after another: messages of a conversation leave in the order of their replay.
      for (const letter of found.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1))) {
        if ((await one(letter.id, by)).result === 'replayed') replayed += 1;
      }
      return { replayed, refused: found.length - replayed };
    },
  };
}
