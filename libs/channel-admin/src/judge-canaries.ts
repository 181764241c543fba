import type { Ledger } from '@posthorn/ledger';
import type { ReplayRun } from './replay-run.ts';

/** Whether the rest may follow the canaries. */
export type Verdict = { readonly kind: 'wait' | 'go' } | { readonly kind: 'stop'; readonly says: string };

const arrived: ReadonlySet<string> = new Set(['delivered', 'read', 'played']);
const waits: ReadonlySet<string> = new Set(['accepted', 'held']);

/**
 * Stops at once if a canary failed again for the same reason; goes on as soon as all are delivered. When the time is over it goes on
 * if at least one got out: canaries that all still wait say nothing.
 */
export async function judgeCanaries(
  ledger: Pick<Ledger, 'get'>,
  watched: ReplayRun['watched'],
  isOver: boolean,
): Promise<Verdict> {
  const seen = await Promise.all(
    watched.map(async ({ provider, channelId, messageId, code, generation }) => {
      const known = await ledger.get({ id: channelId, provider }, messageId);
      const status = known?.message.status ?? 'unknown';
      const again =
        status === 'failed' && known?.message.failure?.code === code && known.message.generation >= generation;
      return { status, code, again };
    }),
  );
  const again = seen.filter((canary) => canary.again);
  const [first] = again;
  if (first !== undefined)
    return {
      kind: 'stop',
      says: `${again.length} of ${watched.length} canaries failed again (${first.code}); nothing more is replayed`,
    };
  if (seen.every(({ status }) => arrived.has(status))) return { kind: 'go' };
  if (!isOver) return { kind: 'wait' };
  if (seen.every(({ status }) => waits.has(status)))
    return { kind: 'stop', says: 'no canary got out in the time: they all still wait, which "posthorn why" explains' };
  return { kind: 'go' };
}
