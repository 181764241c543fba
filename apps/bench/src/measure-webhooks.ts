import { createHmac } from 'node:crypto';
import { webhookQueue } from '@posthorn/queue';
import type { Histogram } from 'hdr-histogram-js';
import type { Fleet } from './fleet.ts';
import { createHistogram, runLoad } from './load.ts';
import type { Stage } from './measure.ts';
import { drained } from './measure.ts';
import { newestMessages } from './posthorn-subject.ts';

export interface WebhookPlan {
  /** Status updates a second. */
  readonly rate: number;
  readonly seconds: number;
}

/** How one size of call was answered. */
export interface AnswerFigures {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly overOneSecondShare: number;
}

export interface WebhookFigures {
  readonly updates: number;
  readonly updatesPerSecond: number;
  readonly all: AnswerFigures;
  readonly bySize: Readonly<Record<string, AnswerFigures>>;
  /** From the last answer until every update was applied. */
  readonly appliedAfterMs: number;
  readonly appliedPerSecond: number;
}

/** A third of the updates in calls of each of these sizes; Meta's largest is 1,000. */
const callSizes = [1, 100, 1_000] as const;
const statuses = ['sent', 'delivered', 'read'] as const;

/** Where one call begins in the list of updates, how many it holds, and when it is due. */
export interface Call {
  readonly from: number;
  readonly size: number;
  readonly dueMs: number;
}

/** Spreads updates over calls of each size, evenly over the time that they take at `rate` updates a second. */
export function planCalls(updates: number, rate: number, sizes: readonly number[] = callSizes): readonly Call[] {
  const totalMs = (updates * 1_000) / rate;
  const share = Math.floor(updates / sizes.length);
  const due = sizes.flatMap((size) => {
    const calls = Math.floor(share / size);
    return Array.from({ length: calls }, (_, at) => ({ size, dueMs: ((at + 0.5) * totalMs) / calls }));
  });
  let from = 0;
  return due
    .toSorted((one, other) => one.dueMs - other.dueMs)
    .map(({ size, dueMs }) => {
      const call = { from, size, dueMs };
      from += size;
      return call;
    });
}

/** Drives signed status webhooks at a fixed rate into ingress, about messages that were sent before. */
export async function measureWebhooks(stage: Stage, fleet: Fleet, plan: WebhookPlan): Promise<WebhookFigures> {
  const wanted = Math.ceil((plan.rate * plan.seconds) / statuses.length);
  const messages = (await newestMessages(fleet, wanted)).filter(({ status }) => status === 'submitted');
  // First all that were sent, then all that were delivered, then all that were read: no update is in vain.
  const updates = statuses.flatMap((status) =>
    messages.flatMap(({ externalId, id, sealed }) =>
      externalId === null
        ? []
        : [
            {
              id: externalId,
              status,
              timestamp: String(Math.floor(stage.clock.now() / 1_000)),
              recipient_id: sealed?.to.slice(1),
              biz_opaque_callback_data: id,
              ...(status === 'sent' && { pricing: { billable: false, pricing_model: 'PMP', category: 'service' } }),
            },
          ],
    ),
  );
  const calls = planCalls(updates.length, plan.rate);
  const bodies = calls.map(({ from, size }) => sign(fleet, updates.slice(from, from + size)));
  const told = calls.reduce((sum, { size }) => sum + size, 0);

  const load = await runLoad(
    {
      origin: fleet.ingress.url,
      count: calls.length,
      sockets: stage.sockets,
      dueMs: (index) => calls[index]?.dueMs ?? 0,
      request: (index) => ({
        label: String(calls[index]?.size),
        path: `/webhooks/whatsapp-cloud/${fleet.channelId}`,
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': bodies[index]?.signature ?? '' },
        body: bodies[index]?.body ?? '',
      }),
    },
    stage.clock,
  );
  if (load.failures.size > 0) throw new Error(`webhooks: expected 200, came ${[...load.failures.keys()].join(', ')}`);
  const queue = fleet.queues.open(webhookQueue(fleet.channel.provider));
  const name = 'webhooks';
  await drained({ name, backlog: async () => await queue.getJobCountByTypes('waiting', 'active', 'delayed') });
  const doneAt = stage.clock.now();
  await expectApplied(fleet, messages.length, updates.length - told);

  const all = createHistogram();
  for (const each of load.latency.values()) all.add(each);
  const late = [...load.late.values()].reduce((sum, each) => sum + each, 0);
  return {
    updates: told,
    updatesPerSecond: (told * 1_000) / (load.endedAt - load.startedAt),
    all: toFigures(all, late),
    bySize: Object.fromEntries(
      [...load.latency].map(([size, histogram]) => [size, toFigures(histogram, load.late.get(size) ?? 0)]),
    ),
    appliedAfterMs: Math.max(0, doneAt - load.endedAt),
    appliedPerSecond: (told * 1_000) / (doneAt - load.startedAt),
  };
}

function sign(fleet: Fleet, updates: readonly unknown[]): { readonly body: string; readonly signature: string } {
  const metadata = { display_phone_number: '15551230000', phone_number_id: fleet.phoneNumberId };
  const value = { messaging_product: 'whatsapp', metadata, statuses: updates };
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }],
  });
  return { body, signature: `sha256=${createHmac('sha256', fleet.appSecret).update(body).digest('hex')}` };
}

/** Nothing of what was answered may be missing: all but the updates that filled no call end as read. */
async function expectApplied(fleet: Fleet, messages: number, notTold: number): Promise<void> {
  const read = (await newestMessages(fleet, messages)).filter(({ status }) => status === 'read').length;
  if (read < messages - notTold) {
    throw new Error(`webhooks: expected ${messages - notTold} messages to be read by now, found ${read}`);
  }
}

function toFigures(histogram: Histogram, late: number): AnswerFigures {
  return {
    calls: histogram.totalCount,
    p50Ms: histogram.getValueAtPercentile(50) / 1_000,
    p99Ms: histogram.getValueAtPercentile(99) / 1_000,
    maxMs: histogram.maxValue / 1_000,
    overOneSecondShare: histogram.totalCount === 0 ? 0 : late / histogram.totalCount,
  };
}
