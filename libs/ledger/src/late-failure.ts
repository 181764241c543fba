import type { MessageId } from '@posthorn/message';
import type { Disposition, Failed, FailureCode, RetryPolicy, Scope } from '@posthorn/outcome';
import { failed, failureRules } from '@posthorn/outcome';
import { z } from 'zod';
import { bytes, number, text, textOrNull } from './reply.ts';
import { failureCodeOf } from './view.ts';

/** How failures that a provider tells later are tried again. Without it they end their message. */
export interface LateRetry {
  readonly policy: RetryPolicy;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** Who waits because of a late failure; its message has a new generation. */
export interface LaterStill {
  readonly code: FailureCode;
  readonly scope: Scope;
  readonly scopeMs: number;
  /** The channel (or its account) cannot send until someone acts. */
  readonly pauses: boolean;
}

/** A failure that is still to be dealt with. */
export interface LateFailure {
  readonly messageId: MessageId;
  readonly generation: number;
  /** Its message ended with it, and its dead letter may be missing. Null: nothing is left to do. */
  readonly code: FailureCode | null;
  /** For `dealtWith`. */
  readonly member: string;
  /** Who waits, if it is tried again. */
  readonly later: LaterStill | null;
}

export const lateReply = z.array(z.tuple([text, text, number, textOrNull, bytes]));

/** Whether a rule says that the message is tried again, told late. A failure is certain then, so it is never held. */
export function mayRetryLate({ code }: Failed): boolean {
  const { then } = failureRules[code];
  return then === 'retry' || then === 'wait' || then === 'pause';
}

export function toLaterStill(disposition: Extract<Disposition, { kind: 'later' }>): LaterStill {
  const { code, pauses, scope, scopeMs, failure } = disposition;
  return { code, pauses, scopeMs, scope: pauses ? (failure.scope ?? 'channel') : scope };
}

const earlySchema = z.object({
  code: z.string().default('rejected'),
  rule: z
    .object({
      scope: z.enum(['message', 'recipient', 'channel', 'account']).optional(),
      delayMs: z.number().optional(),
      growth: z.number().optional(),
      attemptsMax: z.number().optional(),
      mayBeOut: z.boolean().optional(),
    })
    .optional(),
});

/** Reads the failure of a timeline entry that waits for its message. */
export function toFailed(entry: Buffer): Failed | null {
  if (entry.length === 0) return null;
  const { code, rule = {} } = earlySchema.parse(JSON.parse(entry.toString()));
  const { scope, delayMs, growth, attemptsMax, mayBeOut } = rule;
  return failed(failureCodeOf(code), {
    ...(scope !== undefined && { scope }),
    ...(delayMs !== undefined && { delayMs }),
    ...(growth !== undefined && { growth }),
    ...(attemptsMax !== undefined && { attemptsMax }),
    ...(mayBeOut !== undefined && { mayBeOut }),
  });
}
