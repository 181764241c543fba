import type { Random } from '@posthorn/runtime';
import type { HttpCaller } from '../http-caller.ts';
import type { Account } from './account.ts';

export type HandshakeResult =
  | { readonly kind: 'verified' }
  | { readonly kind: 'no_webhook' }
  | { readonly kind: 'refused'; readonly status: number; readonly expected: string; readonly got: string }
  | { readonly kind: 'no_answer'; readonly error: string };

/** Asks the webhook to prove itself, as Meta does when one is set: 200 and the challenge, as plain text. */
export async function shakeHands(account: Account, http: HttpCaller, random: Random): Promise<HandshakeResult> {
  if (account.webhook === null) return { kind: 'no_webhook' };
  const challenge = String(1_000_000_000 + Math.floor(random() * 1_000_000_000));
  const url = new URL(account.webhook.url);
  url.searchParams.set('hub.mode', 'subscribe');
  url.searchParams.set('hub.challenge', challenge);
  url.searchParams.set('hub.verify_token', account.webhook.verifyToken);
  const answer = await http.call('GET', url.href, { accept: '*/*', 'user-agent': 'facebookplatform/1.0' }, null);
  if (answer.kind === 'no_answer') return { kind: 'no_answer', error: answer.error };
  if (answer.status === 200 && answer.body === challenge) return { kind: 'verified' };
  return { kind: 'refused', status: answer.status, expected: challenge, got: answer.body.slice(0, 200) };
}
