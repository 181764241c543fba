import { externalIdSchema, type ExternalId } from '@posthorn/message';
import {
  failed,
  failureRules,
  retryAfterMs,
  type Failed,
  type ProviderProblem,
  type SendOutcome,
} from '@posthorn/outcome';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { duplicateId, errorRuleOf, unknownErrorRule, type ErrorRule } from './error-table.ts';
import { causeSchema, refusalSchema, stateOf, statusSchema, toProblem, toRefusalProblem } from './infobip-error.ts';
import type { Cause, Status } from './infobip-error.ts';

type Answer = Extract<HttpReply, { kind: 'answered' }>;

const messageSchema = z.object({
  messageId: externalIdSchema.optional().catch(undefined),
  status: statusSchema,
  error: causeSchema.nullish().catch(null),
});
type Message = z.infer<typeof messageSchema>;
/** One message by itself, or (templates, OMNI) in a list. */
const answerSchema = z.union([
  messageSchema,
  z.object({ messages: z.tuple([messageSchema], z.unknown()) }).transform(({ messages: [message] }) => message),
]);

/** A message of its own does not wait longer than this for one Retry-After; a channel or account may. */
const messageDelayMaxMs = 3_600_000;
/** Whatever an answer asks for beyond it is a fault of the answer. */
const delayMaxMs = 72 * 3_600_000;

/**
 * What an answer to a send means. A 200 may carry a rejection: the status of the message decides, then the word of a refused
 * request, and the HTTP status only where there is neither.
 */
export function toOutcome(reply: HttpReply, nowMs: number): SendOutcome<ExternalId> {
  if (reply.kind === 'not_sent') return failed('unreachable');
  if (reply.kind === 'no_answer') return failed('no_answer', { mayBeOut: true });
  const answer = answerSchema.safeParse(reply.body);
  if (answer.success) return ofMessage(answer.data, reply, nowMs);
  const refusal = refusalSchema.safeParse(reply.body);
  if (!refusal.success)
    return byRule(ruleOfStatus(reply.status), { code: 'unknown', status: reply.status }, reply, nowMs);
  const rule = refusal.data.word === undefined ? null : errorRuleOf('request', refusal.data.word);
  return byRule(rule ?? ruleOfStatus(reply.status), toRefusalProblem(refusal.data, reply.status), reply, nowMs);
}

function ofMessage({ messageId, status, error }: Message, reply: Answer, nowMs: number): SendOutcome<ExternalId> {
  const state = stateOf(status);
  const isSuccess = reply.status >= 200 && reply.status < 300;
  const problem = toProblem(status, causeOf(error), reply.status);
  if (state === 'failed') {
    // We mint the ids: it has one of ours because an earlier call with it was taken, whatever became of that call's answer.
    if (status.id === duplicateId && messageId !== undefined) {
      return { kind: 'accepted', externalId: messageId, note: 'Infobip had taken it before, under the same id' };
    }
    // It was taken under our id before it was rejected: that id is used up.
    return { ...byRule(ruleOf(status, causeOf(error)), problem, reply, nowMs), idSpent: true };
  }
  if (state !== 'unknown' && isSuccess && messageId !== undefined) return { kind: 'accepted', externalId: messageId };
  return byRule({ code: 'answer_unreadable', mayBeOut: true }, problem, reply, nowMs);
}

/** What a failure told by a report means: by the same table. */
export function toLateFailure(status: Status, error: Cause | null | undefined): Failed {
  const cause = causeOf(error);
  const { code, ...rule } = ruleOf(status, cause);
  return failed(code, { ...rule, problem: toProblem(status, cause) });
}

/** The error of a report, unless it says that there is none. */
function causeOf(error: Cause | null | undefined): Cause | null {
  return error?.id === undefined || error.id === 0 ? null : error;
}

/** The error tells more than the status, which then only says that it failed. */
function ruleOf({ id }: Status, cause: Cause | null): ErrorRule {
  if (cause?.id !== undefined) return errorRuleOf('error', cause.id) ?? unknownErrorRule(cause.permanent !== false);
  return (id === undefined ? null : errorRuleOf('status', id)) ?? { code: 'rejected' };
}

function ruleOfStatus(status: number): ErrorRule {
  switch (status) {
    case 400:
      return { code: 'request_invalid' };
    case 401:
      return { code: 'credentials_refused', scope: 'account' };
    case 403:
      return { code: 'permission_missing', scope: 'account' };
    case 413:
      return { code: 'content_too_long' };
    case 429:
      return { code: 'throttled', scope: 'account', delayMs: 1_000, growth: 2 };
    case 408:
    case 500:
      return { code: 'provider_unavailable', scope: 'message', delayMs: 5_000, mayBeOut: true };
    default:
      break;
  }
  // A repeat goes out under the same id, so that a message taken all the same stays one.
  if (status >= 500) return { code: 'provider_unavailable', scope: 'account', delayMs: 15_000, mayBeOut: true };
  if (status >= 400) return { code: 'rejected' };
  // Never followed: the other side did not do it, and where it points to is not where it should go.
  if (status >= 300) return { code: 'provider_unavailable', scope: 'account', delayMs: 15_000 };
  return { code: 'answer_unreadable', mayBeOut: true };
}

function byRule(rule: ErrorRule, problem: ProviderProblem, { headers }: Answer, nowMs: number): Failed {
  const { code, delayMs = 0, ...more } = rule;
  const { then } = failureRules[code];
  if (then !== 'retry' && then !== 'wait') return failed(code, { ...more, problem });
  const askedMaxMs = rule.scope === undefined || rule.scope === 'message' ? messageDelayMaxMs : delayMaxMs;
  const wholeMs = Math.max(delayMs, Math.min(retryAfterMs(headers, nowMs) ?? 0, askedMaxMs));
  return failed(code, { ...more, ...(wholeMs > 0 && { delayMs: wholeMs }), problem });
}
