import { createOnboarding, onboardingIdSchema } from '@posthorn/onboarding';
import type { Consumer, JobEnd } from '@posthorn/queue';
import { consume, taskJobSchema, taskQueue } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import { createOnboardingRecords } from './onboardings.ts';
import { openOnboarded, releaseOnboarded } from './open-onboarded.ts';
import { createReceipts } from './send-receipt.ts';
import type { WorkerParts } from './worker-parts.ts';

const tasksAtOnce = 20;

/** Consumes what a provider's worker does besides sending and understanding webhooks: onboarding, receipts. */
export function consumeTasks(parts: WorkerParts): Consumer {
  const { provider, ledger, told, log } = parts;
  const sendReceipt = createReceipts(parts);
  const onboard = createOnboarding({
    records: toRecords(parts),
    stepsOf: ({ plan }) => provider.onboarding?.open(plan) ?? null,
    http: parts.http,
    clock: systemClock,
    openChannel: async (record, toSettings) => await openOnboarded(parts, record, toSettings),
    release: async (record) => await releaseOnboarded(parts, record),
    tell: async ({ channel, provider: id }, type, fingerprint, data) =>
      void (await ledger.note({ id: channel.id, provider: id }, type, fingerprint, data)),
    report: ({ id, run, channel }, { stage, outcome, failure }) => {
      told.onboardingSteps.inc({ provider: provider.id, stage, outcome });
      log[outcome === 'worked' ? 'info' : 'warn'](
        {
          op: 'onboarding',
          onboardingId: id,
          run,
          channelId: channel.id,
          stage,
          outcome,
          ...(failure !== null && { code: failure.code, problem: failure.problem }),
        },
        `onboarding: ${stage} ${outcome}`,
      );
    },
  });

  return consume(parts.consuming, {
    ...parts.consuming,
    queue: taskQueue(provider.id),
    schema: taskJobSchema,
    concurrency: tasksAtOnce,
    process: async (job): Promise<JobEnd> => {
      switch (job.kind) {
        case 'onboarding':
          return await onboard({ id: onboardingIdSchema.parse(job.id), run: job.run });
        case 'read':
        case 'typing':
          return await sendReceipt(job);
        default:
          return job satisfies never;
      }
    },
  });
}

function toRecords(parts: WorkerParts) {
  const records = createOnboardingRecords(parts);
  const { id: provider } = parts.provider;
  return {
    read: async (id: string) => await records.read(provider, id),
    save: async (id: string, replaces: number, record: Parameters<typeof records.save>[3]) =>
      await records.save(provider, id, replaces, record),
  };
}
