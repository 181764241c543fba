import { externalIdSchema, type ExternalId } from '@posthorn/message';
import { failed, failureRules, retryAfterMs, type Failed, type SendOutcome } from '@posthorn/outcome';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import { z } from 'zod';
import { correlatorIn } from './correlator.ts';
import { responseRuleOf, statusRuleOf, type KnownRule } from './error-table.ts';
import { readError, toProblem, type KernelError } from './kernel-error.ts';

type Answer = Extract<HttpReply, { kind: 'answered' }>;

/** Both forms, On-Premises and Cloud, name the message in the same place. */
const sentSchema = z.object({ messages: z.tuple([z.object({ id: externalIdSchema })], z.unknown()) });

/** Longer than this no Retry-After is believed. */
const delayMaxMs = 3_600_000;

const tooMany: KnownRule = {
  rule: { code: 'throttled', scope: 'channel', delayMs: 5_000, growth: 2 },
  says: 'Too Many Requests',
};

/** What decides besides the answer. */
export interface OutcomeOptions {
  /** Whether HTTP 429 is waited out; Kernel's tables do not have it. */
  readonly retryHttp429: boolean;
  /** What was asked: its correlator stands in for one that the answer lacks. */
  readonly request?: HttpRequest;
}

/**
 * What an answer to a send means. If the body carries a `responseCode`, that table decides, else the HTTP status'. What neither table
 * has is final. No answer is held: the message may be out.
 */
export function toOutcome(reply: HttpReply, nowMs: number, options: OutcomeOptions): SendOutcome<ExternalId> {
  const asked = options.request?.headers;
  if (reply.kind !== 'answered') {
    const trace = correlatorIn(asked);
    const problem = trace !== undefined && { problem: { code: reply.reason, trace } };
    return reply.kind === 'not_sent'
      ? failed('unreachable', { ...problem })
      : failed('no_answer', { mayBeOut: true, ...problem });
  }
  const trace = correlatorIn(reply.headers, asked);
  const isSuccess = reply.status >= 200 && reply.status < 300;
  const sent = isSuccess ? sentSchema.safeParse(reply.body) : undefined;
  if (sent?.success === true) {
    return {
      kind: 'accepted',
      externalId: sent.data.messages[0].id,
      ...(trace !== undefined && { note: `x-correlator ${trace}` }),
    };
  }
  const error = readError(reply.body);
  return byRule(ruleOf(error, reply.status, options), error, reply, nowMs, trace);
}

/** What a failure told by a webhook means: by the same table. It is certain, so the message is not out. */
export function toLateFailure(error: KernelError): Failed {
  const known = error.responseCode === undefined ? null : responseRuleOf(error.responseCode);
  const { code, mayBeOut: _, ...rule } = known?.rule ?? { code: 'rejected' as const };
  return failed(code, { ...rule, problem: toProblem(error, { says: known?.says }) });
}

function ruleOf({ responseCode }: KernelError, status: number, { retryHttp429 }: OutcomeOptions): KnownRule {
  const known = responseCode === undefined ? null : responseRuleOf(responseCode);
  if (known !== null) return known;
  if (status >= 200 && status < 300) {
    return {
      rule: { code: 'answer_unreadable', mayBeOut: true },
      says: 'a success without the id of a message',
    };
  }
  const final: KnownRule = { rule: { code: 'rejected', ...(status >= 500 && { mayBeOut: true }) }, says: '' };
  // A code of the WhatsApp API that its table does not have: final, whatever the status.
  if (responseCode !== undefined) return { ...final, says: 'a code that the table does not have' };
  if (status === 429 && retryHttp429) return tooMany;
  return statusRuleOf(status) ?? final;
}

function byRule({ rule, says }: KnownRule, error: KernelError, reply: Answer, nowMs: number, trace?: string): Failed {
  const { code, delayMs = 0, ...more } = rule;
  const { then } = failureRules[code];
  const problem = toProblem(error, { says, status: reply.status, trace });
  if (then !== 'retry' && then !== 'wait') return failed(code, { ...more, problem });
  const askedMs = rule.scope === 'channel' ? Math.min(retryAfterMs(reply.headers, nowMs) ?? 0, delayMaxMs) : 0;
  const wholeMs = Math.max(delayMs, askedMs);
  return failed(code, { ...more, ...(wholeMs > 0 && { delayMs: wholeMs }), problem });
}
