import type { TokenOutcome, TokenSource } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { scrubText } from '@posthorn/whatsapp-format';
import { z } from 'zod';
import { correlatorHeader, correlatorIn, correlatorOf } from './correlator.ts';

/** What a token request is made of. */
export interface Client {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly purposes: string | undefined;
  readonly scopes: string | undefined;
}

/** The life of a token whose answer does not tell it. */
const lifeDefaultMs = 300_000;

const issuedSchema = z.object({
  access_token: z.string().regex(/^[!-~]{1,32768}$/u),
  token_type: z
    .string()
    .regex(/^bearer$/iu)
    .optional(),
  expires_in: z.coerce.number().positive().max(315_360_000).optional().catch(undefined),
});
const refusedSchema = z.object({
  error: z.string(),
  error_description: z.string().optional().catch(undefined),
});

/** Errors after which nothing changes until someone stores other credentials. Source: RFC 6749, section 5.2. */
const finalErrors: ReadonlySet<string> = new Set([
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
]);

/**
 * How a channel gets its tokens: client credentials, proven by HTTP Basic with both parts form-encoded first (RFC 6749, section 2.3.1).
 * Scopes and purposes stand in the form as they are set, and are left out where they are not.
 */
export function createTokenSource({ tokenUrl, clientId, clientSecret, purposes, scopes }: Client): TokenSource {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scopes !== undefined) form.set('scope', scopes);
  if (purposes !== undefined) form.set('purpose', purposes);
  const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
  return {
    request: {
      operation: 'kernel.token',
      method: 'POST',
      url: tokenUrl,
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        [correlatorHeader]: correlatorOf(`token ${clientId}`),
      },
      body: form.toString(),
    },
    toToken,
  };
}

/** What an answer of the authorization server means. Only what it says of the credentials is a refusal; the rest may work later. */
export function toToken(reply: HttpReply): TokenOutcome {
  if (reply.kind !== 'answered') return { kind: 'unavailable', problem: { code: reply.reason } };
  const { status } = reply;
  const trace = correlatorIn(reply.headers);
  const common = { status, ...(trace !== undefined && { trace }) };
  if (status >= 200 && status < 300) {
    const issued = issuedSchema.safeParse(reply.body);
    if (!issued.success) {
      const title = 'expected access_token and token_type Bearer, came something else';
      return { kind: 'unavailable', problem: { code: 'token_unreadable', title, ...common } };
    }
    const { access_token: token, expires_in: seconds } = issued.data;
    return { kind: 'issued', token, lifeMs: seconds === undefined ? lifeDefaultMs : Math.ceil(seconds * 1_000) };
  }
  const refused = refusedSchema.safeParse(reply.body).data;
  const title = scrubText(refused?.error_description);
  const known = refused !== undefined && finalErrors.has(refused.error);
  const problem = {
    code: known ? refused.error : `http_${status}`,
    ...(title !== '' && { title }),
    ...common,
  };
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429 && (known || status === 401);
  return isFinal ? { kind: 'refused', problem } : { kind: 'unavailable', problem };
}

/** As in a form: `+` for a space, percent signs for the rest. */
function formEncoded(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice(2);
}
