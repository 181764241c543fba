import { toMessageId, type Lane, type MessageId, type ProviderId, type TenantId } from '@posthorn/message';
import type { Problem } from '@posthorn/runtime';
import { checkFiles } from './check-files.ts';
import type { Times } from './check-times.ts';
import { fingerprint } from './fingerprint.ts';
import { inOrder } from './in-order.ts';
import { prepare, type Prepared } from './prepare.ts';
import { alreadyExpired, channelClosed, invalidRequest, keyReused, optedOut, windowClosed } from './refusals.ts';
import type { SubmissionDeps } from './submission-deps.ts';

/** What became of a request. */
export type SubmitResult =
  | {
      readonly kind: 'accepted';
      readonly id: MessageId;
      readonly provider: ProviderId;
      readonly lane: Lane;
      /** An earlier request under the same key was answered with this id already. */
      readonly replayed: boolean;
    }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** What became of one item of a batch; `failed` is what `submit` would have thrown. */
export type BatchResult = SubmitResult | { readonly kind: 'failed'; readonly error: unknown };

/** What comes with a request besides its body. */
export interface SubmitOptions {
  readonly idempotencyKey: string | null;
  /** W3C trace context, to go on in the worker. */
  readonly traceparent: string | null;
}

/** One item of a batch. */
export interface BatchItem extends SubmitOptions {
  readonly body: unknown;
  /** JSON Pointer to the item: `/messages/3`. */
  readonly root: string;
}

/** Producers' requests become accepted messages. */
export interface Submission {
  /** Durable and once by the time it resolves. Throws when Redis is away: then the same request may be repeated under its key. */
  readonly submit: (tenantId: TenantId, body: unknown, options: SubmitOptions) => Promise<SubmitResult>;
  /** One result for each item, in order. Items of one conversation are accepted in the order they are listed. */
  readonly submitBatch: (tenantId: TenantId, items: readonly BatchItem[]) => Promise<readonly BatchResult[]>;
}

type Ready = Extract<Prepared, { kind: 'ready' }>;

const dayMs = 86_400_000;

/** Makes submission. See `SubmissionDeps` for what it must be given. */
export function createSubmission(deps: SubmissionDeps): Submission {
  const { reservations, clock, newUlid } = deps;

  async function finish(tenantId: TenantId, ready: Ready, options: SubmitOptions, root: string): Promise<SubmitResult> {
    const { request, channel } = ready;
    const times = await withFiles(tenantId, ready, root);
    if (options.idempotencyKey === null) {
      if (times.faults.length > 0) return refused(invalidRequest(times.faults));
      return await accept(tenantId, ready, toMessageId(channel.id, newUlid()), false, options, root);
    }
    const print = fingerprint(request);
    // First the key with the id, then the message by that id: a retry finds the id and finishes what a crash left undone.
    const wanted = { id: toMessageId(channel.id, newUlid()), fingerprint: print };
    const ttlMs = times.endsAt - clock.now() + dayMs;
    const standing =
      times.faults.length > 0
        ? await reservations.find(tenantId, options.idempotencyKey)
        : await reservations.reserve(tenantId, options.idempotencyKey, wanted, Math.max(ttlMs, dayMs));
    if (standing === null) return refused(invalidRequest(times.faults));
    if (standing.fingerprint !== print) return refused(keyReused());
    return await accept(tenantId, ready, standing.id, standing.id !== wanted.id, options, root);
  }

  /** Files may go before a request is repeated: like its times, they count for a new one only. */
  async function withFiles(tenantId: TenantId, { request, channel, times }: Ready, root: string): Promise<Times> {
    const provider = deps.providerOf(channel.provider);
    const faults = await checkFiles(deps.files, {
      tenantId,
      channel,
      content: request.content,
      rules: provider?.files,
      title: provider?.title ?? channel.provider,
      endsAtMs: times.endsAt,
      root,
    });
    return faults.length === 0 ? times : { ...times, faults: [...times.faults, ...faults] };
  }

  async function accept(
    tenantId: TenantId,
    { request, channel, times }: Ready,
    id: MessageId,
    replayed: boolean,
    { traceparent }: SubmitOptions,
    root: string,
  ): Promise<SubmitResult> {
    const { to, content, replyTo, callbackData, priority: lane } = request;
    const result = await deps.accept(
      { id: channel.id, provider: channel.provider },
      {
        id,
        tenantId,
        lane,
        ordered: request.order === 'conversation',
        sealed: { to, content, replyTo, callbackData },
        sendAt: times.sendAt,
        expiresAt: times.expiresAt,
        traceparent,
        isMarketing: content.type === 'template' && content.category === 'marketing',
        needsWindow: content.type !== 'template' && (request.window ?? channel.window) === 'refuse',
      },
    );
    switch (result.kind) {
      case 'accepted':
      case 'repeat':
        return { kind: 'accepted', id, provider: channel.provider, lane, replayed };
      case 'closed':
        return refused(channelClosed(`${root}/channelId`));
      case 'expired':
        return refused(alreadyExpired(`${root}/expiresAt`));
      case 'opted_out':
        return refused(optedOut(`${root}/to`));
      case 'window_closed':
        return refused(windowClosed(`${root}/content/type`));
      default:
        return result.kind satisfies never;
    }
  }

  return {
    async submit(tenantId, body, options) {
      const prepared = prepare(deps, tenantId, body, '');
      return prepared.kind === 'refused' ? prepared : await finish(tenantId, prepared, options, '');
    },

    async submitBatch(tenantId, items) {
      const work = items.map((item) => {
        const prepared = attempt(() => prepare(deps, tenantId, item.body, item.root));
        return { item, prepared, conversation: conversationOf(prepared) };
      });
      return await inOrder(work, async ({ item, prepared }): Promise<BatchResult> => {
        if (prepared.kind !== 'ready') return prepared;
        try {
          return await finish(tenantId, prepared, item, item.root);
        } catch (error) {
          // One item's failure is told with that item: the others may be accepted, and their ids must not be lost.
          return { kind: 'failed', error };
        }
      });
    },
  };
}

function attempt(work: () => Prepared): Prepared | { readonly kind: 'failed'; readonly error: unknown } {
  try {
    return work();
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** Null: nothing to keep an order with. */
function conversationOf(prepared: ReturnType<typeof attempt>): string | null {
  if (prepared.kind !== 'ready' || prepared.request.order === 'none') return null;
  const { channelId, to, priority } = prepared.request;
  return `${channelId} ${to} ${priority}`;
}

function refused(problem: Problem): SubmitResult {
  return { kind: 'refused', problem };
}
