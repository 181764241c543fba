import type { ChannelRef } from '@posthorn/ledger';
import { providerIdSchema, toMessageId, type InboundId, type MessageId, type ProviderId } from '@posthorn/message';
import { scanKeys } from './scan-keys.ts';
import { eachOf, inChannels, type EraserDeps, type Task } from './task.ts';

/** Forgets the webhook calls that told of a message, whoever else they tell of: those have been applied. */
export async function dropCalls(
  { rawCalls, inbox }: Pick<EraserDeps, 'rawCalls' | 'inbox'>,
  task: Task,
  channel: ChannelRef,
  id: MessageId | InboundId,
): Promise<void> {
  for (const { provider, callId } of await rawCalls.callsOf(channel.id, id)) {
    if ((await inbox.open(provider, callId)) === null) continue;
    if (!task.dryRun) await inbox.drop(provider, callId);
    await task.count('webhookCalls');
  }
  if (!task.dryRun) await rawCalls.forget(channel.id, id);
}

/** How many calls name the person and have not been applied: they are, and then they go. */
export async function countWaitingCalls(deps: EraserDeps, task: Task): Promise<number> {
  let waiting = 0;
  for (const provider of deps.providers) {
    const prefix = `posthorn:{webhook.${provider}}:body:`;
    for await (const keys of scanKeys(deps.redis, `${prefix}*`)) {
      await eachOf(keys, async (key) => {
        const id = key.slice(prefix.length);
        if (!(await deps.inbox.isWaiting(provider, id))) return;
        if (await namesPerson(deps, task, provider, id)) waiting += 1;
      });
    }
  }
  return waiting;
}

/** Forgets the applied calls that name the person among those kept for the tenant's channels, whomever they are listed for. */
export async function eraseKeptCalls(deps: EraserDeps, task: Task): Promise<void> {
  for await (const keys of scanKeys(deps.redis, 'posthorn:{*}:raw:*')) {
    await eachOf(inChannels(task, keys, 'raw'), async ({ channel, rest }) => {
      for (const { provider, callId } of await deps.rawCalls.callsOf(channel.id, toMessageId(channel.id, rest))) {
        if (!(await namesPerson(deps, task, providerIdSchema.parse(provider), callId))) continue;
        if (!task.dryRun) await deps.inbox.drop(provider, callId);
        await task.count('webhookCalls');
      }
    });
  }
}

async function namesPerson({ inbox }: EraserDeps, task: Task, provider: ProviderId, callId: string): Promise<boolean> {
  const call = await inbox.open(provider, callId);
  if (call === null) return false;
  const { body, url, query } = call;
  return task.names(Buffer.from(body).toString('latin1')) || task.names(`${url} ${JSON.stringify(query)}`);
}
