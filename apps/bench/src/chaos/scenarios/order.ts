import { followHistory, type Seen } from '../history.ts';
import { isOut, settle, tally, type Books } from '../books.ts';
import { produceBatch, recipient, type Accepted } from '../produce.ts';
import { check, none, type Scenario } from '../scenario.ts';

const perConversation = 10;

/** Many conversations, every fifth call fails, several workers: each conversation leaves in the order it was accepted. */
export const order: Scenario = {
  name: 'order',
  about: 'conversations of ten messages, 20 % of the calls fail',
  messages: { full: 20_000, selfTest: 1_000, small: 200 },
  rig: {},
  defects: ['no-order'],
  async run({ rig, messages, patienceMs }) {
    const conversations = Math.max(1, Math.floor(messages / perConversation));
    const channel = await rig.addChannel();
    await rig.control('PATCH', 'timing', { answerMs: 2, batchWaitMs: 50 });
    await rig.control('POST', 'faults', {
      id: 'fifth',
      match: { probability: 0.2 },
      action: { kind: 'error', code: 131000 },
    });
    await rig.control('POST', 'faults', { id: 'quiet', action: { kind: 'statuses', order: [] } });
    const follower = followHistory(rig);
    const startedAt = performance.now();
    // One message of each conversation at a time: what came first is known without asking.
    const accepted: Accepted[] = [];
    for (let round = 0; round < perConversation; round += 1) {
      accepted.push(
        ...(await produceBatch(
          rig,
          Array.from({ length: conversations }, (_, at) => ({
            channelId: channel.id,
            to: recipient(at),
            text: `${round}`,
            key: `order-${at}-${round}`,
          })),
        )),
      );
    }
    const books = await settle(
      rig,
      channel,
      accepted,
      patienceMs + messages * 10,
      (row) => isOut(row) || row.status === 'failed',
    );
    const tookMs = performance.now() - startedAt;
    const seen = await follower.stop();
    const failedCalls = seen.filter(({ answer }) => answer.status !== 200).length;
    return {
      checks: [
        none('inversions', inversions(accepted, books, seen)),
        check('all sent', [...books.values()].every(isOut), JSON.stringify(tally(books))),
        check('calls were made to fail', failedCalls > 0, `${failedCalls} of ${seen.length}`),
      ],
      figures: {
        conversations,
        'share of calls that failed': (failedCalls / Math.max(1, seen.length)).toFixed(3),
        'messages a second': Math.round((messages * 1_000) / tookMs),
      },
    };
  },
};

/** Calls for a message after a later one of its conversation had gone, by the sequence of the ledger. */
function inversions(accepted: readonly Accepted[], books: Books, seen: readonly Seen[]): number {
  const placeById = new Map<string, { readonly to: string; readonly place: number }>();
  const byConversation = Map.groupBy(accepted, ({ message }) => message.to);
  for (const [to, messages] of byConversation) {
    // Stable: messages that the ledger accepted in the same millisecond stay in the order in which they were handed in.
    const inOrder = messages.toSorted(
      (one, other) => (books.get(one.id)?.acceptedAt ?? 0) - (books.get(other.id)?.acceptedAt ?? 0),
    );
    for (const [place, { id }] of inOrder.entries()) placeById.set(id, { to, place });
  }
  const furthest = new Map<string, number>();
  let count = 0;
  for (const { callbackData } of seen) {
    const at = placeById.get(callbackData ?? '');
    if (at === undefined) continue;
    const before = furthest.get(at.to) ?? -1;
    if (at.place < before) count += 1;
    furthest.set(at.to, Math.max(before, at.place));
  }
  return count;
}
