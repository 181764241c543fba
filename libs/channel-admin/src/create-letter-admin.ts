import type { ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { ProviderId } from '@posthorn/message';
import type { DeadLetter, DeadLetters, LetterFilter } from '@posthorn/queue';
import type { Audit } from './create-audit.ts';

export interface LetterAdminDeps {
  readonly registry: Pick<ChannelRegistry, 'get'>;
  readonly ledger: Pick<Ledger, 'replay'>;
  readonly deadLetters: Pick<DeadLetters, 'get' | 'find' | 'remove'>;
  readonly providers: readonly ProviderId[];
  readonly audit: Pick<Audit, 'record'>;
  /** Counts how replays end. */
  readonly count?: (result: ReplayEnd['result']) => void;
}

/** Which letters, of which provider. */
export interface LetterQuery extends LetterFilter {
  /** Absent: of all. */
  readonly provider?: ProviderId | undefined;
}

/** How a replay ended. */
export interface ReplayEnd {
  readonly result: 'replayed' | 'unknown_letter' | 'content_gone' | 'not_failed' | 'unknown';
  /** For people. */
  readonly says: string;
}

/** How many letters fit, and of what kinds. */
export interface LetterCount {
  readonly total: number;
  readonly byCode: Readonly<Record<string, number>>;
  readonly byChannel: Readonly<Record<string, number>>;
}

/** What people do about dead letters one by one; for many there are runs (`createReplayRuns`). */
export interface LetterAdmin {
  /** Newest first, of all providers asked for. `next` goes on from there; null: there are no more. */
  readonly list: (
    query: LetterQuery,
    options: { readonly after?: string | null | undefined; readonly limit: number },
  ) => Promise<{ readonly letters: readonly DeadLetter[]; readonly next: string | null }>;
  /** Looks at every letter, page by page: some seconds for 100,000. */
  readonly count: (query: LetterQuery) => Promise<LetterCount>;
  readonly get: (id: string) => Promise<DeadLetter | null>;
  /** Gives a message a new life, and takes its letter away. Told in its timeline and the audit. */
  readonly replay: (
    id: string,
    action: { readonly by: string; readonly why?: string | undefined },
  ) => Promise<ReplayEnd>;
}

const countPage = 5_000;

/** Joins ledger, dead letters and audit; the same for the CLI and for ops. */
export function createLetterAdmin(deps: LetterAdminDeps): LetterAdmin {
  const { registry, deadLetters, providers, audit, count } = deps;
  const asked = ({ provider }: LetterQuery): readonly ProviderId[] =>
    provider === undefined ? providers : providers.filter((id) => id === provider);
  const get: LetterAdmin['get'] = async (id) => {
    const found = await Promise.all(providers.map(async (provider) => await deadLetters.get(provider, id)));
    return found.find((letter) => letter !== null) ?? null;
  };

  return {
    get,
    list: async (query, { after = null, limit }) => {
      const letters: DeadLetter[] = [];
      const [startProvider, startAfter] = readNext(after);
      const among = asked(query);
      const begin = Math.max(0, startProvider === null ? 0 : among.findIndex((id) => id === startProvider));
      // One provider after another: each has its own queue.
      for (const [index, provider] of among.slice(begin).entries()) {
        const from = index === 0 ? startAfter : null;
        const page = await deadLetters.find(provider, query, {
          order: 'newest',
          after: from,
          limit: limit - letters.length,
        });
        letters.push(...page.letters);
        if (page.next !== null) return { letters, next: `${provider}/${page.next}` };
        const following = among[begin + index + 1];
        if (letters.length >= limit && following !== undefined) return { letters, next: `${following}/` };
      }
      return { letters, next: null };
    },
    count: async (query) => {
      const byCode = new Map<string, number>();
      const byChannel = new Map<string, number>();
      let total = 0;
      for (const provider of asked(query)) {
        for (let after: string | null | undefined; after !== null;) {
          const page = await deadLetters.find(provider, query, { order: 'newest', after, limit: countPage });
          total += page.letters.length;
          for (const { code, channelId } of page.letters) {
            byCode.set(code, (byCode.get(code) ?? 0) + 1);
            byChannel.set(channelId, (byChannel.get(channelId) ?? 0) + 1);
          }
          after = page.next;
        }
      }
      return { total, byCode: Object.fromEntries(byCode), byChannel: Object.fromEntries(byChannel) };
    },
    replay: async (id, { by, why }) => {
      const letter = await get(id);
      const end = letter === null ? unknownLetter(id) : await replayLetter(deps, letter, by);
      count?.(end.result);
      if (letter === null) return end;
      const { channelId, messageId } = letter;
      const reason = why === undefined || why === '' ? '' : `: ${why}`;
      const tenantId = registry.get(channelId)?.tenantId ?? '*';
      const entry = { by, action: 'dead_letter.replay', tenantId, channelId, changed: [messageId] };
      await audit.record({ ...entry, result: `${end.result}${reason}` });
      return end;
    },
  };
}

/** The ledger first, then the letter: who dies in between leaves a letter whose replay, repeated, only takes it away. */
export async function replayLetter(
  { ledger, deadLetters }: Pick<LetterAdminDeps, 'ledger'> & { readonly deadLetters: Pick<DeadLetters, 'remove'> },
  letter: DeadLetter,
  by: string,
  done: () => Promise<void> = async () => await Promise.resolve(),
): Promise<ReplayEnd> {
  const { provider, channelId, messageId, generation } = letter;
  const { kind } = await ledger.replay({ id: channelId, provider }, messageId, generation, by);
  switch (kind) {
    case 'replayed':
    // A replay whose second half was lost: only the letter was left.
    case 'repeat':
      await done();
      await deadLetters.remove(provider, letter.id);
      return { result: 'replayed', says: `${messageId} waits to be sent again, as generation ${generation + 1}` };
    case 'content_gone':
      return { result: kind, says: 'its content is not kept any more; send it anew as another message' };
    case 'not_failed':
      return {
        result: kind,
        says: 'the message is not failed any more, so there is nothing to replay; see its timeline',
      };
    case 'unknown':
      return { result: kind, says: 'the ledger does not know the message any more; send it anew' };
    default:
      return kind satisfies never;
  }
}

function unknownLetter(id: string): ReplayEnd {
  return {
    result: 'unknown_letter',
    says: `There is no dead letter "${id}" (any more). "posthorn dlq ls" lists those there are.`,
  };
}

function readNext(after: string | null): readonly [string | null, string | null] {
  if (after === null) return [null, null];
  const at = after.indexOf('/');
  return at === -1 ? [null, null] : [after.slice(0, at), after.slice(at + 1) || null];
}
