import type { ProblemFault } from '@posthorn/runtime';
import { z } from 'zod';
import { itemKeySchema } from './idempotency-key.ts';
import { toFaults } from './to-faults.ts';

/** Messages of one batch. */
export const batchItemsMax = 1000;

/** One message of a batch, not read yet. */
export interface BatchItem {
  readonly body: unknown;
  /** JSON Pointer to it: `/messages/3`. */
  readonly root: string;
  readonly idempotencyKey: string | null;
}

const envelopeSchema = z.strictObject({ messages: z.array(z.unknown()).min(1).max(batchItemsMax) });

/** Takes a batch apart, without a look at what its messages are. */
export function readBatch(
  body: unknown,
  batchKey: string | null,
):
  | { readonly kind: 'items'; readonly items: readonly BatchItem[] }
  | { readonly kind: 'invalid'; readonly faults: readonly ProblemFault[] } {
  const envelope = envelopeSchema.safeParse(body);
  if (!envelope.success) return { kind: 'invalid', faults: toFaults(envelope.error.issues) };
  return { kind: 'items', items: envelope.data.messages.map((item, index) => toItem(item, index, batchKey)) };
}

/** With its own key, or one made of the batch's key and its position. A bad one is left in place, and refused with the item. */
function toItem(item: unknown, index: number, batchKey: string | null): BatchItem {
  const root = `/messages/${index}`;
  const positionKey = batchKey === null ? null : `${batchKey}\n${index}`;
  if (typeof item !== 'object' || item === null || !('idempotencyKey' in item)) {
    return { body: item, root, idempotencyKey: positionKey };
  }
  const { idempotencyKey, ...body } = item;
  const own = itemKeySchema.safeParse(idempotencyKey);
  if (!own.success) return { body: item, root, idempotencyKey: null };
  return { body, root, idempotencyKey: own.data ?? positionKey };
}
