import { channelIdOf, type InboundId } from '@posthorn/message';
import { dropCalls } from './erase-calls.ts';
import { scanKeys } from './scan-keys.ts';
import { eachOf, inChannels, type EraserDeps, type Task } from './task.ts';

/** Erases what a person wrote, with the files of it. */
export async function eraseReceived(deps: EraserDeps, task: Task, received: ReadonlySet<InboundId>): Promise<void> {
  const { ledger, media } = deps;
  await eachOf([...received], async (id) => {
    const channel = task.channels.get(channelIdOf(id));
    if (channel === undefined) return;
    await dropCalls(deps, task, channel, id);
    const file = await media.records.ofInbound(id);
    if (file !== null) {
      const isThere = (await media.get(task.tenantId, file)) !== null;
      if (!task.dryRun) {
        await media.remove(task.tenantId, file);
        await media.records.forgetInbound(id);
      }
      if (isThere) await task.count('files');
    }
    if (task.dryRun || (await ledger.eraseInbound(channel, id))) await task.count('receivedMessages');
  });
}

/** What events tell besides: of erased messages, of what the person wrote, or naming them. */
export async function eraseEventData(deps: EraserDeps, task: Task, received: ReadonlySet<InboundId>): Promise<void> {
  for await (const keys of scanKeys(deps.redis, 'posthorn:{*}:x:*')) {
    const byChannel = Map.groupBy(inChannels(task, keys, 'x'), ({ channel }) => channel);
    for (const [channel, found] of byChannel) {
      const events = await deps.ledger.eventData(
        channel,
        found.map(({ rest }) => rest),
      );
      const theirs = events.filter(({ isErased, data }) => {
        const text = JSON.stringify(data ?? null);
        return isErased || task.names(text) || tellsOf(received, text);
      });
      if (!task.dryRun)
        await deps.ledger.eraseEventData(
          channel,
          theirs.map(({ position }) => position),
        );
      await task.count('eventData', theirs.length);
    }
  }
}

const inboundIds = /in_[A-Za-z0-9-]+_[0-9A-Z]{26}/gu;

function tellsOf(received: ReadonlySet<string>, text: string): boolean {
  return (text.match(inboundIds) ?? []).some((id) => received.has(id));
}

/** Errands with files of the person. Returns how many a worker is at: what it stores meanwhile goes with the next look. */
export async function eraseErrands(deps: EraserDeps, task: Task, received: ReadonlySet<string>): Promise<number> {
  let underWay = 0;
  for (const provider of deps.providers) {
    const prefix = `posthorn:{media.${provider}}:errand:`;
    for await (const keys of scanKeys(deps.redis, `${prefix}*`)) {
      const ids = keys.map((key) => key.slice(prefix.length)).filter((id) => !id.includes(':'));
      await eachOf(ids, async (id) => {
        const errand = await deps.errands.open(provider, id);
        if (errand === null || !task.channels.has(errand.channelId)) return;
        const isTheirs = received.has(errand.inboundId ?? '') || task.names(JSON.stringify(errand));
        if (!isTheirs) return;
        // Before it is forgotten: then it would not be found again.
        const isUnderWay = await deps.errands.isUnderWay(provider, id);
        if (isUnderWay && !task.dryRun) {
          underWay += 1;
          return;
        }
        if (!task.dryRun) await deps.errands.finish(provider, id);
        await task.count('fileErrands');
      });
    }
  }
  return underWay;
}

/** More than a log holds. */
const deliveriesMost = 1_000;

/** What receivers answered, where it was about the person, or names them: they may have quoted it. */
export async function eraseDeliveries(deps: EraserDeps, task: Task, received: ReadonlySet<InboundId>): Promise<void> {
  const writtenUlids = new Set([...received].map((id) => id.slice(-26)));
  await deps.subscriptions.refresh();
  for (const { id } of deps.subscriptions.list().filter(({ tenantId }) => tenantId === task.tenantId)) {
    const about = new Set<string>();
    const eventIds = (await deps.deliveries.list(id, deliveriesMost)).map(({ eventId }) => eventId);
    for (const [channelId, channel] of task.channels) {
      const prefix = `evt_${channelId}_`;
      const positions = eventIds.flatMap((each) => (each.startsWith(prefix) ? [each.slice(prefix.length)] : []));
      if (positions.length === 0) continue;
      for (const { position, isErased, ulid } of await deps.ledger.eventData(channel, positions))
        if (isErased || writtenUlids.has(ulid ?? '')) about.add(`${prefix}${position}`);
    }
    let found = 0;
    await deps.deliveries.revise(id, (record) => {
      if (record.answer === null || !(about.has(record.eventId) || task.names(record.answer))) return record;
      found += 1;
      return task.dryRun ? record : { ...record, answer: null };
    });
    await task.count('deliveries', found);
  }
}
