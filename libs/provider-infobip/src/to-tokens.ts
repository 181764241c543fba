import type { ProviderProblem } from '@posthorn/outcome';
import type { TokenOutcome, TokenSource } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { refusalSchema, toRefusalProblem } from './infobip-error.ts';
import type { Auth } from './settings.ts';

const token = z.string().regex(/^[!-~]{1,8192}$/u);
const oauthSchema = z.object({ access_token: token, expires_in: z.number().positive().optional().catch(undefined) });
const sessionSchema = z.object({ token });

/** RFC 6749 only recommends to tell the life. */
const unknownLifeMs = 300_000;
const lifeMaxMs = 30 * 86_400_000;
/** A session ends when it was not used for 60 minutes: so long it surely lives. */
const sessionLifeMs = 3_600_000;

/** How a channel gets tokens, or null: its credentials last. Source: Infobip's API authentication page, read 2026-07. */
export function toTokens(auth: Auth, baseUrl: string): TokenSource | null {
  switch (auth.type) {
    case 'api_key':
    case 'basic':
      return null;
    case 'oauth': {
      const { clientId, clientSecret } = auth;
      const form = { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials' };
      return {
        request: {
          operation: 'infobip.oauth2.token',
          method: 'POST',
          url: `${baseUrl}/auth/1/oauth2/token`,
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body: new URLSearchParams(form).toString(),
        },
        toToken: (reply) =>
          toToken(reply, (body) => {
            const read = oauthSchema.safeParse(body).data;
            if (read === undefined) return null;
            const lifeMs = read.expires_in === undefined ? unknownLifeMs : Math.round(read.expires_in * 1_000);
            return { kind: 'issued', token: read.access_token, lifeMs: Math.min(lifeMs, lifeMaxMs) };
          }),
      };
    }
    case 'ibsso': {
      const { username, password } = auth;
      return {
        request: {
          operation: 'infobip.auth.session',
          method: 'POST',
          url: `${baseUrl}/auth/1/session`,
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify({ username, password }),
        },
        toToken: (reply) =>
          toToken(reply, (body) => {
            const read = sessionSchema.safeParse(body).data;
            return read === undefined ? null : { kind: 'issued', token: read.token, lifeMs: sessionLifeMs };
          }),
      };
    }
    default:
      return auth satisfies never;
  }
}

function toToken(reply: HttpReply, issued: (body: unknown) => TokenOutcome | null): TokenOutcome {
  if (reply.kind !== 'answered') return { kind: 'unavailable', problem: null };
  const { status, body } = reply;
  if (status >= 200 && status < 300) {
    return issued(body) ?? { kind: 'unavailable', problem: { code: 'unreadable', status } };
  }
  const problem = toTokenProblem(body, status);
  // Only these say something of the credentials; anything else may be another's fault, and pass.
  return status === 400 || status === 401 || status === 403
    ? { kind: 'refused', problem }
    : { kind: 'unavailable', problem };
}

/** The error of RFC 6749, or Infobip's own. */
function toTokenProblem(body: unknown, status: number): ProviderProblem {
  const refusal = refusalSchema.safeParse(body).data;
  if (refusal !== undefined) return toRefusalProblem(refusal, status);
  const error = z.object({ error: z.string().regex(/^[a-z_]{1,40}$/u) }).safeParse(body).data?.error;
  return { code: error ?? 'unknown', status };
}
