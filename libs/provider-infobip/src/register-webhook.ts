import type { NewSecret, ProviderTalk, Registration, WebhookTarget } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { toInfobipRefusal } from './verify-credentials.ts';
import type { WebhookSettings } from './webhook-settings.ts';

/** What registering needs of the channel. */
export interface RegistrationSettings {
  readonly baseUrl: string;
  readonly sender: string;
  readonly authorization: string;
  readonly webhook: WebhookSettings;
}

/** Inbound messages come by the number's own configuration, so they are not among the events. */
const events = ['DELIVERY', 'SEEN', 'TEMPLATE_UPDATE', 'MARKETING_SUBSCRIPTION_UPDATE', 'IDENTITY_CHANGE'] as const;

const configuration = z.object({
  configurationKey: z.string().regex(/^[\w.-]{1,128}$/u),
  number: z.string().optional(),
  channel: z.string().optional(),
  forwarding: z.object({ type: z.string().optional(), url: z.string().optional() }).optional(),
});
const configurationsSchema = z.union([
  z.object({ configurations: z.array(configuration) }).transform(({ configurations }) => configurations),
  z.array(configuration),
]);
const keysSchema = z.object({ webhook: z.object({ keys: z.array(z.string()).default([]) }).catch({ keys: [] }) });

/**
 * Makes Infobip bring everything to the channel's address: a security setting where the channel has a user or an HMAC secret, a profile
 * with address and fixed header, a subscription to reports and news, and the number's inbound configuration. What is there already under
 * our ids is brought up to date. Source: Infobip's OpenAPI description 3.210.0; how what exists is changed (PUT) is unconfirmed.
 */
export function* registerWebhook(settings: RegistrationSettings, target: WebhookTarget): ProviderTalk<Registration> {
  const { webhook, sender } = settings;
  const key = webhook.keys?.[0];
  if (key === undefined) {
    const detail = 'expected a key that the webhook’s address carries: messages that arrive bring no other proof';
    return { kind: 'unset', pointer: '/webhook/keys', detail };
  }
  const address = `${target.url}?key=${encodeURIComponent(key)}`;
  const id = `posthorn-${target.channelId}`;
  const security = securityOf(webhook, id);
  const resources = [
    ...(security === null
      ? []
      : [{ step: 'making the security setting', path: '/subscriptions/1/security', id, body: security }]),
    {
      step: 'making the profile',
      path: '/subscriptions/1/profiles',
      id,
      body: {
        profileId: id,
        webhook: { notifyUrl: address, contentType: 'application/json' },
        ...(security !== null && { security: { authId: id } }),
        ...(webhook.header !== undefined && { headers: { [webhook.header.name]: webhook.header.values[0] } }),
        connectTimeout: 3_000,
        readTimeout: 10_000,
      },
    },
    {
      step: 'making the subscription',
      path: '/subscriptions/1/subscription/WHATSAPP',
      id,
      body: {
        subscriptionId: id,
        name: 'posthorn',
        events,
        criteria: [],
        resources: [sender],
        profile: { profileId: id },
      },
    },
  ];
  for (const { step, path, id: own, body } of resources) {
    const known = yield call(settings, 'GET', `${path}/${encodeURIComponent(own)}`);
    const isMissing = known.kind === 'answered' && known.status === 404;
    if (!isMissing && !isSuccess(known)) return { ...toInfobipRefusal(known), step };
    const made = !isMissing
      ? yield call(settings, 'PUT', `${path}/${encodeURIComponent(own)}`, body)
      : yield call(settings, 'POST', path, body);
    if (!isSuccess(made)) return { ...toInfobipRefusal(made), step };
  }
  const refused = yield* forwardInbound(settings, address);
  return refused ?? { kind: 'registered', facts: { webhook: target.url, subscription: id, profile: id } };
}

/** The number's inbound messages; a configuration of another address is replaced. Null: done. */
function* forwardInbound(settings: RegistrationSettings, address: string): ProviderTalk<Registration | null> {
  const path = '/resource-management/1/inbound-message-configurations';
  const step = 'making the inbound configuration of the number';
  const listed = yield call(settings, 'GET', path);
  const known = isSuccess(listed) ? configurationsSchema.safeParse(listed.body).data : undefined;
  if (known === undefined) return { ...toInfobipRefusal(listed), step };
  const ours = known.filter(
    ({ number, channel }) => number === settings.sender && (channel ?? 'WHATSAPP') === 'WHATSAPP',
  );
  if (ours.some(({ forwarding }) => forwarding?.type === 'HTTP_FORWARD' && forwarding.url === address)) return null;
  for (const { configurationKey } of ours) {
    const gone = yield call(settings, 'DELETE', `${path}/${encodeURIComponent(configurationKey)}`);
    if (!isSuccess(gone)) return { ...toInfobipRefusal(gone), step };
  }
  const made = yield call(settings, 'POST', path, {
    channel: 'WHATSAPP',
    number: settings.sender,
    forwarding: { type: 'HTTP_FORWARD', url: address, format: 'MO_OTT_CONTACT' },
  });
  return isSuccess(made) ? null : { ...toInfobipRefusal(made), step };
}

/** The key that the channel's addresses carry: inbound calls of a number bring no other proof. The former one stays good after a rotation. */
export function ownSecrets(
  settings: unknown,
  newSecret: NewSecret,
  { rotate }: { readonly rotate: boolean },
): Readonly<Record<string, unknown>> {
  const former = keysSchema.safeParse(settings).data?.webhook.keys ?? [];
  return former.length > 0 && !rotate ? {} : { webhook: { keys: [newSecret(), ...former.slice(0, 1)] } };
}

function call(
  { baseUrl, authorization }: RegistrationSettings,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
) {
  return {
    operation: 'infobip.webhook.register',
    method,
    url: `${baseUrl}${path}`,
    headers: {
      authorization,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

/** A profile's security setting: the type that the channel's secrets are of. */
function securityOf({ basic, hmac }: WebhookSettings, authId: string): Readonly<Record<string, unknown>> | null {
  if (hmac !== undefined) {
    return { authId, type: 'HMAC', credentials: { secretKey: hmac.secrets[0], algorithm: hmac.algorithm } };
  }
  return basic === undefined ? null : { authId, type: 'BASIC', credentials: basic[0] };
}

function isSuccess(reply: HttpReply): reply is Extract<HttpReply, { kind: 'answered' }> {
  return reply.kind === 'answered' && reply.status >= 200 && reply.status < 300;
}
