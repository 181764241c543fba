import { toMessageId, type Lane, type MessageId, type ProviderId, type TenantId } from '@posthorn/message';
import type { Problem } from '@posthorn/runtime';
import { checkFiles } from './check-files.ts';
import type { Times } from './check-times.ts';
import { fingerprint } from './fingerprint.ts';
import { inOrder } from './in-order.ts';
import { prepare, type Prepared } from './prepare.ts';
import { passGate, type Allowance } from './gate.ts';
import { isIdempotencyKey } from './idempotency-key.ts';
import { readBatch, type BatchItem } from './read-batch.ts';
import {
  alreadyExpired,
  badIdempotencyKey,
  channelClosed,
  invalidRequest,
  keyReused,
  optedOut,
  windowClosed,
} from './refusals.ts';
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

/** What became of one message of a batch; `failed` is what `submit` would have thrown. */
export type BatchItemResult = SubmitResult | { readonly kind: 'failed'; readonly error: unknown };

/** What became of a batch: refused as a whole, or one result for each message, in order. */
export type BatchResult =
  | { readonly kind: 'answered'; readonly results: readonly BatchItemResult[] }
  | Extract<SubmitResult, { kind: 'refused' }>;

/** With any result: what the tenant's limit says. Null where none is set, or nobody asked. */
export interface Allowed {
  readonly allowance: Allowance | null;
}

/** What comes with a request besides its body. */
export interface SubmitOptions {
  readonly idempotencyKey: string | null;
  /** W3C trace context, to go on in the worker. */
  readonly traceparent: string | null;
}

/** Producers' requests become accepted messages, whatever way they come in. */
export interface Submission {
  /** Durable and once by the time it resolves. Throws when Redis is away: then the same request may be repeated under its key. */
  readonly submit: (tenantId: TenantId, body: unknown, options: SubmitOptions) => Promise<SubmitResult & Allowed>;
  /** Takes `{messages: […]}`. Those of one conversation are accepted in the order they are listed. */
  readonly submitBatch: (tenantId: TenantId, body: unknown, options: SubmitOptions) => Promise<BatchResult & Allowed>;
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

  async function submitItems(
    tenantId: TenantId,
    items: readonly BatchItem[],
    traceparent: string | null,
  ): Promise<readonly BatchItemResult[]> {
    const work = items.map((item) => {
      const prepared = attempt(() => prepare(deps, tenantId, item.body, item.root));
      return { item, prepared, conversation: conversationOf(prepared) };
    });
    return await inOrder(work, async ({ item, prepared }): Promise<BatchItemResult> => {
      if (prepared.kind !== 'ready') return prepared;
      try {
        return await finish(tenantId, prepared, { idempotencyKey: item.idempotencyKey, traceparent }, item.root);
      } catch (error) {
        // One item's failure is told with that item: the others may be accepted, and their ids must not be lost.
        return { kind: 'failed', error };
      }
    });
  }

  return {
    async submit(tenantId, body, options) {
      if (isBadKey(options.idempotencyKey)) return { ...refused(badIdempotencyKey), allowance: null };
      const { refusal, allowance } = await passGate(deps, tenantId, 1);
      if (refusal !== null) return { ...refused(refusal), allowance };
      const prepared = prepare(deps, tenantId, body, '');
      const result = prepared.kind === 'refused' ? prepared : await finish(tenantId, prepared, options, '');
      return { ...result, allowance };
    },

    async submitBatch(tenantId, body, { idempotencyKey, traceparent }) {
      if (isBadKey(idempotencyKey)) return { ...refused(badIdempotencyKey), allowance: null };
      const batch = readBatch(body, idempotencyKey);
      if (batch.kind === 'invalid') return { ...refused(invalidRequest(batch.faults)), allowance: null };
      const { refusal, allowance } = await passGate(deps, tenantId, batch.items.length);
      if (refusal !== null) return { ...refused(refusal), allowance };
      return { kind: 'answered', results: await submitItems(tenantId, batch.items, traceparent), allowance };
    },
  };
}

function isBadKey(key: string | null): boolean {
  return key !== null && !isIdempotencyKey(key);
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

function refused(problem: Problem): Extract<SubmitResult, { kind: 'refused' }> {
  return { kind: 'refused', problem };
}
