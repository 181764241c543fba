import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { QueueRef, Queues } from '@posthorn/queue';
import {
  deadEventSchema,
  deadJobSchema,
  eventJobSchema,
  sendJobSchema,
  tokenJobSchema,
  webhookJobSchema,
} from '@posthorn/queue';

/** A queue as Bull Board lists it. */
export interface BoardQueue {
  readonly kind: 'send' | 'event' | 'webhook' | 'token' | 'dead' | 'dead_event';
  readonly ref: QueueRef;
  readonly description: string;
}

const schemaByKind = {
  send: sendJobSchema,
  event: eventJobSchema,
  webhook: webhookJobSchema,
  token: tokenJobSchema,
  dead: deadJobSchema,
  dead_event: deadEventSchema,
} as const;

/**
 * What Bull Board sees of a queue: read-only, except that dead letters can be retried, and of job data only the fields of
 * the job catalogue. Those are pointers; whatever else gets into a job is not shown.
 */
export function toQueueAdapter(queues: Queues, { kind, ref, description }: BoardQueue): BaseAdapter {
  const adapter = new BullMQAdapter(queues.open(ref), {
    description,
    delimiter: '.',
    readOnlyMode: kind !== 'dead',
    allowRetries: kind === 'dead',
  });
  // A reason says what there is to know; the stack below it is always the same line of ours.
  const getJobs = adapter.getJobs.bind(adapter);
  adapter.getJobs = async (...range) => {
    const jobs = await getJobs(...range);
    for (const job of jobs) job.stacktrace = toReason(job);
    return jobs;
  };
  const getJob = adapter.getJob.bind(adapter);
  adapter.getJob = async (id) => {
    const job = await getJob(id);
    if (job !== undefined) job.stacktrace = toReason(job);
    return job;
  };
  const schema = schemaByKind[kind];
  adapter.setFormatter('data', (data) => schema.safeParse(data).data ?? { hidden: 'not a job this release knows' });
  adapter.setFormatter('returnValue', () => null);
  adapter.setFormatter('progress', () => 0);
  return adapter;
}

function toReason({ failedReason }: { readonly failedReason?: string }): string[] {
  return failedReason === undefined ? [] : [failedReason];
}
