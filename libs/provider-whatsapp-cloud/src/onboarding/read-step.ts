import type { IssuedToken, OnboardingProblem, StepOutcome } from '@posthorn/provider';
import { failureRules, type ProviderProblem } from '@posthorn/outcome';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { errorRuleOf } from '../error-table.ts';
import { graphErrorSchema, toProblem, type GraphError } from '../graph-error.ts';
import { throttleDelayMs } from '../throttle-delay.ts';
import { onboardingRuleOf, type OnboardingRule } from './onboarding-table.ts';

const refusedSchema = z.object({ error: graphErrorSchema });
const successSchema = z.object({ success: z.literal(true) });
const tokenSchema = z.object({
  access_token: z.string().regex(/^[!-~]{1,4096}$/u),
  /** Seconds; 0 or absent: without end. */
  expires_in: z.number().nonnegative().optional().catch(undefined),
});

const second = 1_000;
const unsentTries = { afterMs: second, attemptsMax: 20 };
const noAnswerTries = { afterMs: 5 * second, attemptsMax: 6 };

const unreachable = {
  code: 'unreachable',
  says: 'Meta could not be reached. Look at the network between posthorn and graph.facebook.com, then run it again.',
  needs: 'retry',
} as const satisfies OnboardingRule;
const noAnswer = {
  code: 'no_answer',
  says: 'Meta gave no answer that can be read, several times. Run it again later.',
  needs: 'retry',
} as const satisfies OnboardingRule;
const unavailable = {
  code: 'provider_unavailable',
  says: 'Meta was out of order, several times. Run it again later.',
  needs: 'retry',
} as const satisfies OnboardingRule;
const codeLost = {
  code: 'code_outcome_unknown',
  says: 'Whether Meta took the code is not known, and a code works once. Sign up again and run it with the new code.',
  needs: 'code',
} as const satisfies OnboardingRule;
const codeRefused = {
  code: 'code_refused',
  says: 'Meta did not take the code: it was used before, is older than 30 seconds, or is of another app. Look at app id and secret, sign up again and run it with the new code.',
  needs: 'code',
} as const satisfies OnboardingRule;

/** What an answer to `subscribed_apps` or `register` means. Both can be repeated, so a lost answer is asked for again. */
export function readStep(reply: HttpReply): StepOutcome<object> {
  if (reply.kind === 'not_sent') return again(unreachable, unsentTries, null, true);
  if (reply.kind === 'no_answer') return again(noAnswer, noAnswerTries, null);
  const refused = refusedSchema.safeParse(reply.body);
  if (refused.success) return readError(refused.data.error, reply);
  if (isSuccess(reply) && successSchema.safeParse(reply.body).success) return { kind: 'worked' };
  return again(reply.status >= 500 ? unavailable : noAnswer, noAnswerTries, { code: 'unknown', status: reply.status });
}

/**
 * What an answer to the code means. A code works once and lives 30 s: only where nothing left it may be tried again; whatever else is no
 * token asks for a new one.
 */
export function readToken(reply: HttpReply): StepOutcome<IssuedToken> {
  if (reply.kind === 'not_sent') return again(unreachable, unsentTries, null, true);
  if (reply.kind === 'no_answer') return failed(codeLost, null);
  const refused = refusedSchema.safeParse(reply.body);
  if (refused.success) {
    const isServers = reply.status >= 500 || refused.data.error.code === 2;
    return failed(isServers ? codeLost : codeRefused, toProblem(refused.data.error, reply.status));
  }
  const issued = tokenSchema.safeParse(reply.body);
  if (!isSuccess(reply) || !issued.success) {
    const isRefused = reply.status >= 400 && reply.status < 500;
    return failed(isRefused ? codeRefused : codeLost, { code: 'unknown', status: reply.status });
  }
  const { access_token: token, expires_in: seconds = 0 } = issued.data;
  return { kind: 'worked', token, lifeMs: seconds === 0 ? null : seconds * second };
}

function readError(error: GraphError, reply: Extract<HttpReply, { kind: 'answered' }>): StepOutcome<never> {
  const problem = toProblem(error, reply.status);
  const rule = error.code === undefined ? null : onboardingRuleOf(error.code);
  if (rule?.again !== undefined) return again(rule, rule.again, problem);
  if (rule !== null) return failed(rule, problem);
  const general = error.code === undefined ? null : errorRuleOf(error.code);
  const then = general === null ? null : failureRules[general.code].then;
  const mayWork =
    then === 'retry' || then === 'wait' || reply.status >= 500 || reply.status === 429 || error.is_transient === true;
  if (mayWork) {
    const afterMs = Math.max(general?.delayMs ?? 0, throttleDelayMs(reply.headers), noAnswerTries.afterMs);
    return again(unavailable, { ...noAnswerTries, afterMs }, problem);
  }
  return failed(
    {
      code: 'refused',
      says: 'Meta refused this step; its own words stand beside. Put right what they name, then run it again.',
      needs: 'retry',
    },
    problem,
  );
}

function again(
  rule: OnboardingRule,
  tries: { readonly afterMs: number; readonly attemptsMax: number },
  problem: ProviderProblem | null,
  unsent = false,
): StepOutcome<never> {
  return { kind: 'again', ...tries, unsent, problem: toOnboardingProblem(rule, problem) };
}

function failed(rule: OnboardingRule, problem: ProviderProblem | null): StepOutcome<never> {
  return { kind: 'failed', problem: toOnboardingProblem(rule, problem) };
}

function toOnboardingProblem(
  { code, says, needs }: OnboardingRule,
  problem: ProviderProblem | null,
): OnboardingProblem {
  return { code, says, needs, problem };
}

function isSuccess({ status }: Extract<HttpReply, { kind: 'answered' }>): boolean {
  return status >= 200 && status < 300;
}
