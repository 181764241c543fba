import type { ProviderCall, ReceiptOutcome, Receipts, ReceiptTarget } from '@posthorn/provider';
import { failureRules } from '@posthorn/outcome';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { toOutcome } from './to-outcome.ts';
import type { Sender } from './to-request.ts';

const successSchema = z.object({ success: z.literal(true) });

/**
 * Read receipts and typing: `POST /{phone number id}/messages`, as sending. A read receipt marks earlier messages, too; typing ends with our
 * message or after 25 s, and marks as read. Source: cloud-api/guides/mark-message-as-read and …/typing-indicators, read 2026-11.
 */
export function toReceipts(sender: Sender): Receipts {
  return {
    read: (inbound) => toCall('read', inbound, {}, sender),
    typing: (inbound) => toCall('typing', inbound, { typing_indicator: { type: 'text' } }, sender),
  };
}

function toCall(
  kind: 'read' | 'typing',
  { externalId }: ReceiptTarget,
  more: object,
  { url, accessToken, appSecretProof }: Sender,
): ProviderCall<ReceiptOutcome> {
  return {
    request: {
      operation: `whatsapp-cloud.messages.${kind}`,
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: externalId,
        ...more,
        appsecret_proof: appSecretProof,
      }),
    },
    read: readReceipt,
  };
}

/** By the table of sending; but a lost answer is asked for again, since a second receipt does no harm. */
function readReceipt(reply: HttpReply): ReceiptOutcome {
  if (reply.kind === 'answered' && successSchema.safeParse(reply.body).success) return { kind: 'told' };
  const outcome = toOutcome(reply, 0);
  // The answer to a message: not what was asked for, and nothing that a repeat would change.
  if (outcome.kind === 'accepted') return { kind: 'refused', problem: null };
  const problem = outcome.problem ?? null;
  if (outcome.code === 'credentials_refused') return { kind: 'unauthorised', problem };
  const { then } = failureRules[outcome.code];
  const again = then === 'retry' || then === 'wait' || then === 'hold';
  return again ? { kind: 'later', afterMs: outcome.delayMs ?? 0, problem } : { kind: 'refused', problem };
}
