import type { NewSecret, ProviderTalk, Registration, WebhookTarget } from '@posthorn/provider';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import { z } from 'zod';
import { withProof, type GraphPlace } from './graph-place.ts';
import { toGraphRefusal } from './verify-credentials.ts';

/** Where the webhook is set: for the app, for the WhatsApp Business account, or for the phone number alone. */
export type CallbackLevel = 'app' | 'waba' | 'number';

/** What registering needs of the channel. */
export interface RegistrationSettings extends GraphPlace {
  readonly callback: CallbackLevel;
  readonly verifyToken: string;
  readonly appId: string | undefined;
  readonly appSecret: string | undefined;
}

/** What posthorn understands. Whatever else an app subscribes to would arrive too, and be kept as unrecognised. */
const appFields = [
  'messages',
  'message_template_status_update',
  'message_template_quality_update',
  'message_template_components_update',
  'template_category_update',
  'phone_number_quality_update',
  'phone_number_name_update',
  'business_capability_update',
  'account_update',
  'account_alerts',
  'user_preferences',
];

const doneSchema = z.object({ success: z.literal(true) });
const appsSchema = z.object({
  data: z.array(
    z.object({
      whatsapp_business_api_data: z.object({ id: z.string() }).optional(),
      override_callback_uri: z.string().optional(),
    }),
  ),
});
const configurationSchema = z.object({
  webhook_configuration: z.object({
    phone_number: z.string().optional(),
    whatsapp_business_account: z.string().optional(),
    application: z.string().optional(),
  }),
});
const verifyTokenSchema = z.object({ verifyToken: z.string().min(1) });

/**
 * Makes Meta bring the channel's webhooks to its address. The app is subscribed to the account in any case, without which nothing comes;
 * then the address is set where `callback` says. Meta calls the handshake before it answers. What is nearer to the number counts first
 * (number, account, app), so an override of the number that leads elsewhere is removed where it would win.
 * Source: Meta, Business Management API, subscribed_apps and webhook overrides, read 2026-11.
 */
export function* registerWebhook(settings: RegistrationSettings, target: WebhookTarget): ProviderTalk<Registration> {
  const { callback, verifyToken } = settings;
  const override = { override_callback_uri: target.url, verify_token: verifyToken };
  const refused =
    (callback === 'app' ? yield* setApp(settings, target.url) : null) ??
    (callback === 'waba'
      ? yield* change(settings, 'setting the webhook of the account', `${settings.wabaId}/subscribed_apps`, override)
      : yield* subscribe(settings)) ??
    (callback === 'number'
      ? yield* change(settings, 'setting the webhook of the number', settings.phoneNumberId, {
          webhook_configuration: override,
        })
      : null);
  if (refused !== null) return refused;
  return yield* confirm(settings, target.url);
}

/** The app's own address, with a token of the app. */
function* setApp(settings: RegistrationSettings, url: string): ProviderTalk<Registration | null> {
  const { appId, appSecret, verifyToken, root } = settings;
  if (appId === undefined || appSecret === undefined) {
    const detail = 'expected the id of the app, because callback is app; its secret is set already';
    return { kind: 'unset', pointer: '/appId', detail };
  }
  const reply = yield {
    operation: 'whatsapp-cloud.subscriptions.set',
    method: 'POST',
    url: `${root}/${encodeURIComponent(appId)}/subscriptions`,
    headers: { authorization: `Bearer ${appId}|${appSecret}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      object: 'whatsapp_business_account',
      callback_url: url,
      verify_token: verifyToken,
      fields: appFields.join(','),
    }),
  };
  return isDone(reply) ? null : { ...toGraphRefusal(reply), step: 'setting the webhook of the app' };
}

/**
 * Subscribes the app to the account. A POST without a body also removes an address that was set for the account, which another channel may need:
 * so it is made only where the app is not subscribed yet, or its address is to go (`callback: app`).
 */
function* subscribe(settings: RegistrationSettings): ProviderTalk<Registration | null> {
  const path = `${settings.wabaId}/subscribed_apps`;
  const step = 'subscribing the app to the account';
  const listed = yield ask(settings, path);
  const apps = isGood(listed) ? appsSchema.safeParse(listed.body).data?.data : undefined;
  if (apps === undefined) return { ...toGraphRefusal(listed), step };
  const own =
    settings.appId === undefined
      ? apps
      : apps.filter(({ whatsapp_business_api_data: app }) => app?.id === settings.appId);
  const hasOverride = own.some(({ override_callback_uri: uri }) => uri !== undefined && uri !== '');
  if (hasOverride && settings.callback !== 'app') return null;
  return yield* change(settings, step, path, {});
}

/** Reads what counts for the number now, and removes an override of the number that leads elsewhere. */
function* confirm(settings: RegistrationSettings, url: string): ProviderTalk<Registration> {
  const step = 'reading what is set now';
  const { phoneNumberId, callback } = settings;
  const read = yield ask(settings, `${phoneNumberId}?fields=webhook_configuration`);
  const now = isGood(read) ? configurationSchema.safeParse(read.body).data?.webhook_configuration : undefined;
  if (now === undefined) return { ...toGraphRefusal(read), step };
  const isElsewhere = now.phone_number !== undefined && now.phone_number !== '' && now.phone_number !== url;
  if (callback !== 'number' && isElsewhere) {
    const refused = yield* change(settings, 'removing the old webhook of the number', phoneNumberId, {
      webhook_configuration: { override_callback_uri: '' },
    });
    if (refused !== null) return refused;
  }
  return { kind: 'registered', facts: { webhook: url, level: callback } };
}

/** A call that changes something, whose answer is `{"success": true}`. Null: done. */
function* change(
  settings: RegistrationSettings,
  step: string,
  path: string,
  body: Readonly<Record<string, unknown>>,
): ProviderTalk<Extract<Registration, { kind: 'refused' | 'unknown' }> | null> {
  const reply = yield {
    operation: 'whatsapp-cloud.webhook.set',
    method: 'POST',
    url: `${settings.root}/${path}`,
    headers: { authorization: `Bearer ${settings.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, appsecret_proof: settings.appSecretProof }),
  };
  return isDone(reply) ? null : { ...toGraphRefusal(reply), step };
}

function ask(settings: RegistrationSettings, path: string): HttpRequest {
  return {
    operation: 'whatsapp-cloud.webhook.read',
    method: 'GET',
    url: withProof(`${settings.root}/${path}`, settings),
    headers: { authorization: `Bearer ${settings.accessToken}` },
  };
}

/** What Meta repeats in its handshake. Handshakes come only while a webhook is set, so no former one has to stay good. */
export function ownSecrets(
  settings: unknown,
  newSecret: NewSecret,
  { rotate }: { readonly rotate: boolean },
): Readonly<Record<string, unknown>> {
  return verifyTokenSchema.safeParse(settings).success && !rotate ? {} : { verifyToken: newSecret() };
}

function isDone(reply: HttpReply): boolean {
  return isGood(reply) && doneSchema.safeParse(reply.body).success;
}

function isGood(reply: HttpReply): reply is Extract<HttpReply, { kind: 'answered' }> {
  return reply.kind === 'answered' && reply.status >= 200 && reply.status < 300;
}
