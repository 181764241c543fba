import type { ChannelRef } from '@posthorn/ledger';
import { eraseMessages } from './erase-messages.ts';
import { countWaitingCalls, eraseKeptCalls } from './erase-calls.ts';
import { eraseDeliveries, eraseErrands, eraseEventData, eraseReceived } from './erase-received.ts';
import { eraseSentFiles } from './erase-files.ts';
import { nothingToWaitFor, waits, type Erasure, type Waits } from './erasure.ts';
import { findPerson } from './find-person.ts';
import { mentionsAny } from './mentions.ts';
import type { EraserDeps, Task } from './task.ts';

/**
 * One look at everything a tenant's channels keep of a person, erasing what can be. It can be repeated, and ended anywhere: what is
 * done is not found again, and what a later step needs of an earlier one is noted before that one acts.
 *
 * First it is marked that what they wrote before counts no more; then what was not applied by then is looked at. So whatever a worker
 * applies after that look finds the mark, and whatever it applied before is found here.
 */
export function createEraser(deps: EraserDeps) {
  const { store, ledger } = deps;

  return async function look(
    { id, tenantId, startedAt, dryRun }: Erasure,
    given: readonly string[],
    channels: ReadonlyMap<string, ChannelRef>,
  ): Promise<{ readonly waitsFor: Waits; readonly addresses: readonly string[] }> {
    const taskOf = (addresses: readonly string[]): Task => ({
      id,
      tenantId,
      startedAt,
      dryRun,
      channels,
      addresses,
      names: mentionsAny(addresses),
      count: async (place, count = 1) => await store.count(id, place, count),
    });
    const mark = async (addresses: readonly string[]): Promise<void> => {
      if (dryRun) return;
      for (const channel of channels.values()) await ledger.markErased(channel, addresses, startedAt);
    };

    await mark(given);
    const { addresses } = await findPerson(deps, taskOf(given));
    if (addresses.length > given.length) {
      await store.putAddresses(id, addresses);
      await mark(addresses);
    }
    const task = taskOf(addresses);
    // What a spool hands over until it is cleared waits in Redis then.
    const spools = dryRun ? 0 : await store.uncleared(id, await store.now());
    const webhookCalls = await countWaitingCalls(deps, task);
    const { received } = await findPerson(deps, task);
    await store.noteInbound(
      id,
      received.map((each) => each.id),
    );
    const written = await store.inbound(id);

    const fileErrands = await eraseErrands(deps, task, written);
    const messages = await eraseMessages(deps, task);
    await eraseReceived(deps, task, written);
    await eraseEventData(deps, task, written);
    await eraseKeptCalls(deps, task);
    await eraseDeliveries(deps, task, written);
    const waitsFor: Waits = dryRun ? nothingToWaitFor : { messages, webhookCalls, fileErrands, spools };
    if (waits.some((wait) => waitsFor[wait] > 0)) return { waitsFor, addresses };
    // Only now none of their own messages names a file any more.
    await eraseSentFiles(deps, task);
    for (const channel of dryRun ? [] : channels.values())
      await task.count('marks', await ledger.forgetRecipients(channel, addresses, startedAt));
    return { waitsFor, addresses };
  };
}
