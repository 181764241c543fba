import { taskQueue } from './queue-ref.ts';
import type { ProviderId } from '@posthorn/message';
import type { ReceiptJob } from './jobs.ts';
import type { Queues } from './queues.ts';

/** Plans a receipt; planned already and not told yet, it does nothing. */
export async function planReceipt(queues: Queues, provider: ProviderId, job: ReceiptJob): Promise<void> {
  await queues.open(taskQueue(provider)).add(job.kind, job, { jobId: `${job.kind}_${job.inboundId}` });
}
