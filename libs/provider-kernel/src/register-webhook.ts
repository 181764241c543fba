import {
  toRefusal,
  type NewSecret,
  type ProviderTalk,
  type Registration,
  type WebhookTarget,
} from '@posthorn/provider';
import { z } from 'zod';
import { correlatorHeader, correlatorIn, correlatorOf } from './correlator.ts';
import { readError, toProblem } from './kernel-error.ts';

/** What registering needs of the channel. */
export interface WebhookSettings {
  /** `<api>/whatsapp/<version>/settings/webhook`. */
  readonly url: string;
  readonly apiKeys: readonly string[];
}

const echoSchema = z.object({ webhooks: z.object({ url: z.string() }) });
const keysSchema = z.object({ apiKeys: z.array(z.string()).default([]) });
const step = 'setting the webhook (PATCH settings/webhook)';

/**
 * Sets the webhook at Kernel: `PATCH /whatsapp/<version>/settings/webhook`, whose answer is any 2xx with the address echoed. The
 * address need not answer yet, and the call can be repeated. v2 is assumed to be as v1.
 */
export function* registerWebhook(
  { url, apiKeys }: WebhookSettings,
  target: WebhookTarget,
  token: string | null,
): ProviderTalk<Registration> {
  const [key] = apiKeys;
  if (key === undefined) {
    const detail = 'expected a key that the webhook’s address carries: without one every call of Kernel is refused';
    return { kind: 'unset', pointer: '/apiKeys', detail };
  }
  const address = `${target.url}?apikey=${encodeURIComponent(key)}&channelId=${encodeURIComponent(target.channelId)}`;
  const reply = yield {
    operation: 'kernel.settings.webhook',
    method: 'PATCH',
    url,
    headers: {
      authorization: `Bearer ${token ?? ''}`,
      'content-type': 'application/json',
      [correlatorHeader]: correlatorOf(`webhook ${target.channelId}`),
    },
    body: JSON.stringify({ webhooks: { url: address } }),
  };
  if (reply.kind === 'answered' && reply.status >= 200 && reply.status < 300) {
    const echo = echoSchema.safeParse(reply.body).data?.webhooks.url;
    if (echo === address) return { kind: 'registered', facts: { webhook: target.url } };
    const title = echo === undefined ? 'the answer does not repeat the address' : 'the answer repeats another address';
    return { kind: 'unknown', step, problem: { code: 'echo_differs', title, status: reply.status } };
  }
  const headers = reply.kind === 'answered' ? reply.headers : undefined;
  const { kind, problem } = toRefusal(reply, (body, status) =>
    toProblem(readError(body), { status, trace: correlatorIn(headers) }),
  );
  // An answer may quote what it refuses, and the address holds the key.
  const { title = '', details = '', ...more } = problem;
  const hide = (words: string) => words.replaceAll(/https?:\/\/\S+/gu, '…').replaceAll(key, '…');
  return {
    kind,
    step,
    problem: {
      ...more,
      code: hide(more.code),
      ...(title !== '' && { title: hide(title) }),
      ...(details !== '' && { details: hide(details) }),
    },
  };
}

/** The key that Kernel's calls carry. The former one stays good after a rotation. */
export function ownSecrets(
  settings: unknown,
  newSecret: NewSecret,
  { rotate }: { readonly rotate: boolean },
): Readonly<Record<string, unknown>> {
  const former = keysSchema.safeParse(settings).data?.apiKeys ?? [];
  return former.length > 0 && !rotate ? {} : { apiKeys: [newSecret(), ...former.slice(0, 1)] };
}
