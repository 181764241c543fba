import { isDeepStrictEqual } from 'node:util';
import type { ExternalId, MessageId } from '@posthorn/message';
import type { LookUpAnswer, LostMessage, ProviderCall } from '@posthorn/provider';
import type { Http } from '@posthorn/runtime';

/** A held message to be looked for. Times in milliseconds since 1970. */
export interface HeldTask {
  readonly messageId: MessageId;
  readonly generation: number;
  readonly lost: LostMessage;
  readonly heldAtMs: number;
  readonly lookUps: number;
}

export interface LookUpDeps<Task extends HeldTask> {
  /** The provider's call for it; null: it cannot be looked for. */
  readonly lookUp: (task: Task) => ProviderCall<LookUpAnswer> | null;
  readonly http: Http;
  /** Which of these ids belong to a message of ours. */
  readonly known: (task: Task, externalIds: readonly ExternalId[]) => Promise<ReadonlySet<ExternalId>>;
  readonly settle: (task: Task, externalId: ExternalId, note: string) => Promise<void>;
  readonly note: (task: Task, note: string) => Promise<void>;
}

/** When a held message is looked for, as parts of the grace time: a provider may show it with delay. */
const triesAt = [1 / 60, 1 / 10, 1 / 3, 3 / 4] as const;

/** Whether it is time for a message's next look-up. */
export function isLookUpDue(
  { heldAtMs, lookUps }: Pick<HeldTask, 'heldAtMs' | 'lookUps'>,
  graceMs: number,
  nowMs: number,
) {
  const part = triesAt[lookUps];
  return part !== undefined && nowMs >= heldAtMs + part * graceMs;
}

/**
 * Looks for a held message at its provider. Evidence settles it; anything else leaves it held, since not being found proves
 * nothing. Without our id in the provider's answer it is settled only if exactly one hit fits that belongs to no other message, and no
 * other held one could be that hit: of two alike, nobody could say which it is.
 */
export async function lookUpHeld<Task extends HeldTask>(
  deps: LookUpDeps<Task>,
  task: Task,
  others: readonly HeldTask[],
): Promise<'settled' | 'unsettled' | 'impossible'> {
  const call = deps.lookUp(task);
  if (call === null) return 'impossible';
  const answer = call.read(await deps.http(call.request));
  const leave = async (why: string): Promise<'unsettled'> => {
    await deps.note(task, why);
    return 'unsettled';
  };
  if (answer.kind === 'nothing') return await leave(answer.why);
  if (answer.certain) {
    const [found] = answer.externalIds;
    if (found === undefined) return await leave('the provider does not know our id');
    await deps.settle(task, found, 'the provider has it under our id');
    return 'settled';
  }
  const known = await deps.known(task, answer.externalIds);
  const free = answer.externalIds.filter((id) => !known.has(id));
  const [hit] = free;
  if (hit === undefined) return await leave('no message there that fits and belongs to no other');
  if (free.length > 1) return await leave(`${free.length} messages there fit; nobody could say which it is`);
  if (others.some((other) => other.messageId !== task.messageId && isAlike(other, task)))
    return await leave('another held message is just like it; nobody could say whose the hit is');
  await deps.settle(task, hit, 'the only message there that fits and belongs to no other');
  return 'settled';
}

function isAlike({ lost: one }: HeldTask, { lost: other }: HeldTask): boolean {
  return one.message.to === other.message.to && isDeepStrictEqual(one.message.content, other.message.content);
}
