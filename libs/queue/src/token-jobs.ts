import type { ChannelId } from '@posthorn/message';
import { tokenQueue } from './queue-ref.ts';
import type { Queues } from './queues.ts';

/** One renewal of one channel's token. */
export interface TokenJobInput {
  readonly channelId: ChannelId;
  /** Of the channel, and of the token to be renewed (0: none yet): together they name the renewal, so it is planned once. */
  readonly channelVersion: number;
  readonly tokenVersion: number;
}

/** Plans a renewal; planned already, it does nothing. */
export async function planRenewal(
  queues: Queues,
  { channelId, channelVersion, tokenVersion }: TokenJobInput,
  afterMs: number,
): Promise<void> {
  const jobId = `${channelId}_${channelVersion}_${tokenVersion}`;
  const options = { jobId, delay: Math.max(0, Math.round(afterMs)) };
  await queues.open(tokenQueue()).add('renew', { v: 1, channelId, tokenVersion }, options);
}
