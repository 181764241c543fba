import { externalIdSchema, type ExternalId } from '@posthorn/message';
import { failed, failureRules, retryAfterMs, type Failed, type SendOutcome } from '@posthorn/outcome';
import type { HttpReply } from '@posthorn/runtime';
import { scrubText } from '@posthorn/whatsapp-format';
import { z } from 'zod';
import { errorRuleOf, type ErrorRule } from './error-table.ts';
import { graphErrorSchema, toProblem, type GraphError } from './graph-error.ts';
import { throttleDelayMs } from './throttle-delay.ts';

type Answer = Extract<HttpReply, { kind: 'answered' }>;

const sentSchema = z.object({
  messages: z.tuple(
    [z.object({ id: externalIdSchema, message_status: z.string().optional().catch(undefined) })],
    z.unknown(),
  ),
});
const refusedSchema = z.object({ error: graphErrorSchema });

/** A message of its own does not wait longer than this for one Retry-After; a channel or account may. */
const messageDelayMaxMs = 3_600_000;
/** The longest wait of the table: whatever an answer asks for beyond it is a fault of the answer. */
const delayMaxMs = 72 * 3_600_000;

const retryRule: ErrorRule = { code: 'provider_unavailable', scope: 'message', delayMs: 5_000 };
const throttledRule: ErrorRule = { code: 'throttled', scope: 'channel' };

/** What an answer to a send means. Meta's error code decides; the HTTP status only where there is no code we know. */
export function toOutcome(reply: HttpReply, nowMs: number): SendOutcome<ExternalId> {
  if (reply.kind === 'not_sent') return failed('unreachable');
  if (reply.kind === 'no_answer') return failed('no_answer', { mayBeOut: true });
  const refusal = refusalOf(reply.body);
  if (refusal !== null) return toFailure(refusal, reply, nowMs);
  const sent = sentSchema.safeParse(reply.body);
  if (isSuccess(reply.status) && sent.success) {
    const [{ id, message_status: status }] = sent.data.messages;
    const isPlain = status === undefined || status === 'accepted';
    return { kind: 'accepted', externalId: id, ...(!isPlain && { note: scrubText(status) }) };
  }
  return withoutCode(reply, nowMs);
}

/** Asked of the body first: of an answer that is no refusal zod would tell at length what it lacks, at each send. */
function refusalOf(body: unknown): GraphError | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  return refusedSchema.safeParse(body).data?.error ?? null;
}

/** What a failure told by a webhook means: by the same table. It is certain, so the message is not out. */
export function toLateFailure(error: GraphError): Failed {
  const {
    mayBeOut: _,
    code,
    ...rule
  } = (error.code === undefined ? null : errorRuleOf(error.code)) ?? {
    code: 'rejected' as const,
  };
  return failed(code, { ...rule, problem: toProblem(error) });
}

function toFailure(error: GraphError, reply: Answer, nowMs: number): Failed {
  if (error.code === undefined) return withoutCode(reply, nowMs, error);
  const rule = errorRuleOf(error.code);
  // An object that is not there or may not be seen: the number's id, or the token's rights to it. Every message would fail the same.
  const hidden = error.code === 100 && (error.error_subcode === 33 || error.type === 'GraphMethodException');
  if (hidden) return byRule({ code: 'permission_missing', scope: 'channel' }, error, reply, nowMs);
  return byRule(rule ?? unknownCode(error, reply.status), error, reply, nowMs);
}

/** A code the table does not have. */
function unknownCode(error: GraphError, status: number): ErrorRule {
  if (status >= 500) return { ...retryRule, mayBeOut: true };
  if (status === 429) return throttledRule;
  if (error.is_transient === true) return { ...retryRule, mayBeOut: true };
  // An error with the status of a success: what was done is not known.
  return isSuccess(status) ? { code: 'answer_unreadable', mayBeOut: true } : { code: 'rejected' };
}

/** No code: something before Meta's API answered, or the answer was cut. Where it may have been sent, it is not sent again. */
function withoutCode(reply: Answer, nowMs: number, error: GraphError = {}): Failed {
  const { status } = reply;
  return byRule(ruleOfStatus(status), error, reply, nowMs);
}

function ruleOfStatus(status: number): ErrorRule {
  if (status === 429) return throttledRule;
  if (status === 401) return { code: 'credentials_refused', scope: 'account' };
  if (status === 403) return { code: 'permission_missing', scope: 'account' };
  if (status === 413) return { code: 'content_too_long' };
  // Never followed: the other side did not do it, and where it points to is not where it should go.
  if (status >= 300 && status < 400) return retryRule;
  if (status >= 400 && status < 500 && status !== 408) return { code: 'rejected' };
  return { code: 'answer_unreadable', mayBeOut: true };
}

function byRule(rule: ErrorRule, error: GraphError, { status, headers }: Answer, nowMs: number): Failed {
  const { code, delayMs = 0, ...more } = rule;
  const { then } = failureRules[code];
  const problem = toProblem(error, status);
  if (then !== 'retry' && then !== 'wait') return failed(code, { ...more, problem });
  const askedMs = Math.max(retryAfterMs(headers, nowMs) ?? 0, rule.scope === 'account' ? throttleDelayMs(headers) : 0);
  const askedMaxMs = rule.scope === undefined || rule.scope === 'message' ? messageDelayMaxMs : delayMaxMs;
  const wholeMs = Math.max(delayMs, Math.min(askedMs, askedMaxMs));
  return failed(code, { ...more, ...(wholeMs > 0 && { delayMs: wholeMs }), problem });
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
