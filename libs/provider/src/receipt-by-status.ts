import type { HttpReply } from '@posthorn/runtime';
import type { ReceiptOutcome } from './provider.ts';

const secondMs = 1_000;
const waitMaxMs = 600_000;

/**
 * What an answer to a receipt means by its HTTP status alone, for providers that document no more. A lost answer is asked for again: a second
 * receipt does no harm.
 */
export function receiptByStatus(reply: HttpReply): ReceiptOutcome {
  if (reply.kind !== 'answered') return { kind: 'later', afterMs: 0, problem: null };
  const { status, headers } = reply;
  const problem = { code: String(status), status };
  if (status >= 200 && status < 300) return { kind: 'told' };
  if (status === 401) return { kind: 'unauthorised', problem };
  if (status !== 429 && status !== 408 && status < 500) return { kind: 'refused', problem };
  const asked = /^\d{1,6}$/u.test(headers['retry-after'] ?? '') ? Number(headers['retry-after']) * secondMs : 0;
  return { kind: 'later', afterMs: Math.min(asked, waitMaxMs), problem };
}
