import type { MediaId } from '@posthorn/message';
import type { EraserDeps, Task } from './task.ts';

/** Files that were sent to the person: those that no message to anybody else names any more go. */
export async function eraseSentFiles({ store, ledger, media }: EraserDeps, task: Task): Promise<void> {
  const files = new Set(await store.files(task.id));
  if (files.size === 0) return;
  const shared = new Set<MediaId>();
  // Of a dry run their own messages name them still.
  for (const channel of task.dryRun ? [] : task.channels.values())
    for await (const named of ledger.namedFiles(channel)) for (const id of named) if (files.has(id)) shared.add(id);
  for (const id of files) {
    if ((await media.get(task.tenantId, id)) === null) continue;
    if (!task.dryRun && !shared.has(id)) await media.remove(task.tenantId, id);
    await task.count(shared.has(id) ? 'sharedFiles' : 'files');
  }
}
