import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '@posthorn/sandbox';
import type { ApiClient, ShownMessage } from './api-client.ts';
import type { DemoMessage } from './demo-messages.ts';
import type { DemoProvider } from './demo-provider.ts';

/** From the first message to the last status; usually it takes some seconds. */
const deadlineMs = 60_000;
const pollMs = 50;

export interface Outcome {
  readonly kind: string;
  readonly provider: string;
  readonly channelId: string;
  readonly messageId: string | null;
  readonly providerId: string | null;
  /** Milliseconds after accept. */
  readonly afterMs: Readonly<Record<string, number>>;
  /** Null: it went as it should. */
  readonly fault: string | null;
}

export interface Inbound {
  readonly provider: string;
  readonly channelId: string;
  readonly id: string;
  readonly text: string;
  readonly afterMs: number;
}

/** A message and the channel that sends it. */
export interface DemoTask {
  readonly demo: DemoProvider;
  readonly message: DemoMessage;
}

/** Someone writes: through the webhook into the queue, understood by the worker, seen in the channel's events. */
export async function receiveOne(demo: DemoProvider, sandbox: Sandbox, api: ApiClient): Promise<Inbound> {
  const startedAt = performance.now();
  const externalId = demo.write(sandbox.control, { from: '+15550002222', text: 'Where is my parcel?' });
  while (performance.now() - startedAt < deadlineMs) {
    const events = await api.events(demo.channelId);
    const seen = events.find(({ message }) => message !== null && message.externalId === externalId)?.message;
    if (seen) {
      const afterMs = Math.round(performance.now() - startedAt);
      const { channelId, provider } = demo;
      return { provider: provider.id, channelId, id: seen.id, text: seen.content.text ?? '', afterMs };
    }
    await delay(pollMs / 5);
  }
  throw new Error(
    `the inbound message did not appear in the events of ${demo.channelId} within ${deadlineMs / 1_000} s; look at what the worker warned of above`,
  );
}

/** Sends all of it at once, and waits until each message has gone as far as its provider tells. */
export async function sendAll(
  api: ApiClient,
  tasks: readonly DemoTask[],
  isInterrupted: () => boolean,
): Promise<readonly Outcome[]> {
  const until = performance.now() + deadlineMs;
  const sent = await Promise.all(tasks.map(async (task, index) => ({ task, ...(await sendOne(api, task, index)) })));
  const outcomes = new Map<DemoTask, Outcome>();
  while (outcomes.size < sent.length) {
    const isLate = performance.now() > until || isInterrupted();
    await Promise.all(
      sent
        .filter(({ task }) => !outcomes.has(task))
        .map(async ({ task, id, refused }) => {
          const outcome = id === null ? unsent(task, refused) : toOutcome(task, await api.message(id), isLate);
          if (outcome !== null) outcomes.set(task, outcome);
        }),
    );
    if (outcomes.size < sent.length) await delay(pollMs);
  }
  return tasks.flatMap((task) => outcomes.get(task) ?? []);
}

async function sendOne(
  api: ApiClient,
  { demo: { channelId }, message: { content, replyTo } }: DemoTask,
  index: number,
) {
  // A recipient each: within one conversation they would wait for each other.
  const to = `+1555001${String(index).padStart(4, '0')}`;
  try {
    return { id: (await api.send({ channelId, to, content, replyTo })).id, refused: null };
  } catch (error) {
    return { id: null, refused: error instanceof Error ? error.message : String(error) };
  }
}

/** Null: not over yet. */
function toOutcome(task: DemoTask, shown: ShownMessage, isLate: boolean): Outcome | null {
  const { ends } = task.message;
  if (shown.status === ends) return describe(task, shown, null);
  const { failure, status } = shown;
  if (failure === null && status !== 'held') {
    return isLate ? describe(task, shown, `still ${status}, not ${ends}`) : null;
  }
  const code = failure?.problem?.code;
  const why =
    failure === null
      ? 'held'
      : `${failure.code}: ${failure.says}${code === undefined ? '' : ` (provider code ${code})`}`;
  return describe(task, shown, why);
}

function unsent({ demo, message: { kind } }: DemoTask, fault: string | null): Outcome {
  return {
    provider: demo.provider.id,
    channelId: demo.channelId,
    kind,
    messageId: null,
    providerId: null,
    afterMs: {},
    fault,
  };
}

function describe(task: DemoTask, shown: ShownMessage, fault: string | null): Outcome {
  const acceptedAt = Date.parse(shown.acceptedAt);
  const afterMs: Record<string, number> = {};
  for (const { what, status, at } of shown.timeline) {
    if (status !== undefined && (what === 'attempt' || what === 'status'))
      afterMs[status] ??= Date.parse(at) - acceptedAt;
  }
  return { ...unsent(task, fault), messageId: shown.id, providerId: shown.provider.id, afterMs };
}
