import { toRefusal, type ProviderCall, type Refusal, type Unknown, type Verdict } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { toProblem, twilioErrorSchema } from './to-problem.ts';

const accountSchema = z.object({
  status: z.enum(['active', 'suspended', 'closed']),
  type: z
    .string()
    .regex(/^[A-Za-z]{1,20}$/u)
    .optional()
    .catch(undefined),
});

/** Whether the credentials work: reads the account. Source: Twilio, Account resource, read 2026-11. */
export function verifyCredentials(accountUrl: string, authorization: string): ProviderCall<Verdict> {
  return {
    request: { operation: 'twilio.account.read', method: 'GET', url: accountUrl, headers: { authorization } },
    read: (reply) => {
      const isGood = reply.kind === 'answered' && reply.status >= 200 && reply.status < 300;
      const account = isGood ? accountSchema.safeParse(reply.body).data : undefined;
      if (account === undefined) return toTwilioRefusal(reply);
      const { status, type } = account;
      if (status === 'active') return { kind: 'proven', facts: { status, ...(type !== undefined && { type }) } };
      return { kind: 'refused', problem: { code: `account_${status}`, title: `the account is ${status}` } };
    },
  };
}

/** What an answer means that is not the wanted one. */
export function toTwilioRefusal(reply: HttpReply): Refusal | Unknown {
  return toRefusal(reply, (body, status) => toProblem(twilioErrorSchema.catch({}).parse(body), status));
}
