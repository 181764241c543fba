import { externalIdSchema, type ExternalId } from '@posthorn/message';
import { failed, failureRules, retryAfterMs, type Failed, type SendOutcome } from '@posthorn/outcome';
import type { HttpReply } from '@posthorn/runtime';
import { scrubText } from '@posthorn/whatsapp-format';
import { z } from 'zod';
import { errorRuleOf, type ErrorRule } from './error-table.ts';
import { toProblem, twilioErrorSchema, type TwilioError } from './to-problem.ts';

type Answer = Extract<HttpReply, { kind: 'answered' }>;

const createdSchema = z.object({
  sid: externalIdSchema,
  status: z.string().optional().catch(undefined),
  error_code: twilioErrorSchema.shape.code,
  error_message: twilioErrorSchema.shape.message,
});

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A message of its own does not wait longer than this for one Retry-After; a channel or account may. */
const messageDelayMaxMs = hourMs;
/** The longest wait of the table: whatever an answer asks for beyond it is a fault of the answer. */
const delayMaxMs = 72 * hourMs;

const serviceUnavailable = 20503;
const plainStatuses: ReadonlySet<string> = new Set([
  'queued',
  'accepted',
  'sending',
  'sent',
  'scheduled',
  'delivered',
  'read',
]);
const lostStatuses: ReadonlySet<string> = new Set(['failed', 'undelivered', 'canceled']);

/**
 * What an answer to a send means. Twilio's code decides; but a 5xx may have been sent whatever its code says, except 20503: without
 * an idempotency key it is held and not repeated.
 */
export function toOutcome(reply: HttpReply, nowMs: number): SendOutcome<ExternalId> {
  if (reply.kind === 'not_sent') return failed('unreachable');
  if (reply.kind === 'no_answer') return failed('no_answer', { mayBeOut: true });
  if (reply.status >= 200 && reply.status < 300) return toCreated(reply, nowMs);
  const error = twilioErrorSchema.safeParse(reply.body).data ?? {};
  const known = error.code === undefined ? null : errorRuleOf(error.code);
  const held = reply.status >= 500 && error.code !== serviceUnavailable;
  return byRule(held ? ruleOfStatus(reply.status) : (known ?? ruleOfStatus(reply.status)), error, nowMs, reply);
}

/**
 * What a failure told by a callback means: by the same table, and certain, so the message is not out. A code that is not known there
 * is final.
 */
export function toLateFailure(error: TwilioError, nowMs: number): Failed {
  const { mayBeOut: _, ...rule } = (error.code === undefined ? null : errorRuleOf(error.code)) ?? { code: 'rejected' };
  const isCertain = failureRules[rule.code].then !== 'hold';
  return byRule(isCertain ? rule : { code: 'rejected' }, error, nowMs);
}

function toCreated(reply: Answer, nowMs: number): SendOutcome<ExternalId> {
  const created = createdSchema.safeParse(reply.body);
  if (!created.success) return byRule({ code: 'answer_unreadable', mayBeOut: true }, {}, nowMs, reply);
  const { sid, status, error_code: code, error_message: message } = created.data;
  if (status !== undefined && lostStatuses.has(status)) return toLateFailure({ code, message }, nowMs);
  const isPlain = status === undefined || plainStatuses.has(status);
  return { kind: 'accepted', externalId: sid, ...(!isPlain && { note: scrubText(status) }) };
}

/** A code we do not know, or none: something before Twilio's API answered. Where it may have been sent, it is not sent again. */
function ruleOfStatus(status: number): ErrorRule {
  if (status >= 500) return { code: 'provider_failed', scope: 'message', mayBeOut: true };
  if (status === 429) return { code: 'throttled', scope: 'account' };
  if (status === 401) return { code: 'credentials_refused', scope: 'account' };
  if (status === 403) return { code: 'permission_missing', scope: 'account' };
  if (status === 413) return { code: 'content_too_long' };
  if (status === 408) return { code: 'provider_failed', scope: 'message', mayBeOut: true };
  // Never followed: the other side did not do it, and where it points to is not where it should go.
  if (status < 400) return { code: 'provider_unavailable', scope: 'message', delayMs: 5_000 };
  return { code: 'rejected' };
}

function byRule(rule: ErrorRule, error: TwilioError, nowMs: number, reply?: Answer): Failed {
  const { code, delayMs, ...more } = rule;
  const { then } = failureRules[code];
  const problem = toProblem(error, reply?.status, reply?.headers['twilio-request-id']);
  if (then !== 'retry' && then !== 'wait') return failed(code, { ...more, problem });
  const ruleMs = delayMs === 'utc_midnight' ? dayMs - (nowMs % dayMs) : (delayMs ?? 0);
  const askedMs = reply === undefined ? 0 : (retryAfterMs(reply.headers, nowMs) ?? 0);
  const askedMaxMs = rule.scope === undefined || rule.scope === 'message' ? messageDelayMaxMs : delayMaxMs;
  const wholeMs = Math.max(ruleMs, Math.min(askedMs, askedMaxMs));
  return failed(code, { ...more, ...(wholeMs > 0 && { delayMs: wholeMs }), problem });
}
