import { addJobLua } from './add-job-lua.ts';
import { sendQueue } from './queue-ref.ts';

/** What a script of another part needs to add jobs to the queues of channels: BullMQ's own add, and where such a queue lies. */
export function sendJobScript(): {
  readonly addJobLua: string;
  readonly sendQueueKeys: (channel: Parameters<typeof sendQueue>[0]) => string;
} {
  return { addJobLua: addJobLua(), sendQueueKeys: (channel) => sendQueue(channel).keyPrefix };
}
