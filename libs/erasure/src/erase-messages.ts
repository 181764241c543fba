import type { ChannelRef, MessageView } from '@posthorn/ledger';
import { recipientSchema, storedFiles, type MediaId } from '@posthorn/message';
import { dropCalls } from './erase-calls.ts';
import type { EraserDeps, Task } from './task.ts';

const pageMost = 200;
/** Longer than any provider call may take: its worker died, and none came after it. */
const giveUpMs = 600_000;

/** Erases the messages to a person, newest first. Returns how many are under way: those are erased once they have been recorded. */
export async function eraseMessages(deps: EraserDeps, task: Task): Promise<number> {
  let underWay = 0;
  for (const channel of task.channels.values()) {
    for (const address of task.addresses) {
      const recipient = recipientSchema.safeParse(address).data;
      if (recipient === undefined) continue;
      let before: MessageView['id'] | undefined;
      do {
        const page = await deps.ledger.list(channel, { recipient, before, limit: pageMost });
        for (const message of page)
          if (message.acceptedAt <= task.startedAt && !(await eraseMessage(deps, task, channel, message)))
            underWay += 1;
        before = page.length < pageMost ? undefined : page.at(-1)?.id;
      } while (before !== undefined);
    }
  }
  return underWay;
}

/** False: it is under way. */
async function eraseMessage(deps: EraserDeps, task: Task, channel: ChannelRef, message: MessageView): Promise<boolean> {
  const { id, sealed, generation } = message;
  const files = sealed === null ? [] : storedFiles(sealed.content);
  const ids = files.flatMap(({ source }): MediaId[] => (source.kind === 'media' ? [source.id] : []));
  await deps.store.noteFiles(task.id, ids);
  await dropCalls(deps, task, channel, id);
  for (let life = 1; life <= generation; life += 1) {
    const letter = `dead_${id}_${life}`;
    if ((await deps.deadLetters.get(channel.provider, letter)) === null) continue;
    if (!task.dryRun) await deps.deadLetters.remove(channel.provider, letter);
    await task.count('deadLetters');
  }
  if (task.dryRun) {
    await task.count('messages');
    return true;
  }
  const result = await deps.ledger.erase(channel, id, giveUpMs);
  if (result.kind === 'under_way') return false;
  await task.count('messages');
  if (result.kind === 'erased' && result.ended === 'cancelled') await task.count('cancelledMessages');
  if (result.kind === 'erased' && result.ended === 'failed') await task.count('abandonedMessages');
  return true;
}
