import { toInboundId, type InboundId, type InboundMessage } from '@posthorn/message';
import type { ChannelRef } from '@posthorn/ledger';
import { formsOf } from './read-address.ts';
import { scanKeys } from './scan-keys.ts';
import { eachOf, inChannels, type EraserDeps, type Task } from './task.ts';

/** What a person wrote, and the names they were seen to go by. */
export interface FoundPerson {
  readonly addresses: readonly string[];
  readonly received: readonly { readonly channel: ChannelRef; readonly id: InboundId }[];
}

/**
 * Looks through all that was received for what the person wrote before the erasure began. A message may tell both a number and a user id: then
 * the other one is theirs too, and what they wrote under it is looked for again.
 */
export async function findPerson(deps: Pick<EraserDeps, 'redis' | 'ledger'>, task: Task): Promise<FoundPerson> {
  const addresses = new Set(task.addresses);
  for (;;) {
    const known = addresses.size;
    const received: { readonly channel: ChannelRef; readonly id: InboundId }[] = [];
    for await (const keys of scanKeys(deps.redis, 'posthorn:{*}:i:*')) {
      await eachOf(inChannels(task, keys, 'i'), async ({ channel, rest }) => {
        const id = toInboundId(channel.id, rest);
        const message = await deps.ledger.getInbound(channel, id);
        if (message === null || !isBy(message, addresses) || Date.parse(message.receivedAt) > task.startedAt) return;
        for (const name of [message.from, message.userId ?? message.from])
          for (const form of formsOf(name)) addresses.add(form);
        received.push({ channel, id });
      });
    }
    if (addresses.size === known) return { addresses: [...addresses], received };
  }
}

function isBy({ from, userId }: InboundMessage, addresses: ReadonlySet<string>): boolean {
  return addresses.has(from) || (userId !== undefined && addresses.has(userId));
}
