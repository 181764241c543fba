import {
  isBaseUrl,
  readSettings,
  type Fault,
  type OnboardingPlace,
  type OnboardingSteps,
  type ProviderOnboarding,
} from '@posthorn/provider';
import type { HttpRequest } from '@posthorn/runtime';
import { z } from 'zod';
import { settingsSchema } from '../settings.ts';
import { toAppSecretProof } from '../signature.ts';
import { readStep, readToken } from './read-step.ts';

const { phoneNumberId, wabaId, verifyToken, apiVersion } = settingsSchema.shape;
const pinPattern = /^\d{6}$/u;
const regions = ['AU', 'ID', 'IN', 'JP', 'SG', 'KR', 'DE', 'CH', 'GB', 'BR', 'BH', 'ZA', 'AE', 'CA'] as const;
const callbackUrl = z
  .string({ error: 'expected the address of the webhook' })
  .max(200, 'expected at most 200 characters, as Meta takes')
  .refine((value) => URL.canParse(value) && /^https?:/u.test(value), 'expected an http(s) address');

/** What a caller gives to connect a number: what the sign-up answered, and the PIN. */
const inputSchema = z.strictObject(
  {
    wabaId,
    phoneNumberId,
    pin: z
      .string({ error: 'expected the PIN: six digits' })
      .regex(pinPattern, 'expected the PIN: six digits')
      .meta({ description: 'Of two-step verification: the number’s own, or a new one where it has none.' }),
    apiVersion,
    verifyToken: verifyToken
      .optional()
      .meta({ description: 'What Meta repeats in its handshake. Default: a new one.' }),
    callbackUrl: callbackUrl.nullable().optional().meta({
      description:
        'Where Meta calls this account’s webhooks. Default: the channel’s own address, where POSTHORN_PUBLIC_URL is set. Null: where the app’s webhooks go.',
    }),
    dataRegion: z.enum(regions, { error: `expected one of ${regions.join(', ')}` }).optional(),
    appId: z
      .string()
      .regex(/^\d{1,32}$/u, 'expected the app’s id: digits')
      .optional()
      .meta({
        description: 'The app whose sign-up gave the code. Default: that of POSTHORN_META_APP_ID.',
      }),
    appSecret: z
      .string()
      .regex(/^[!-~]{1,4096}$/u, 'expected the app’s secret')
      .optional()
      .meta({ description: 'Of that app. Default: that of POSTHORN_META_APP_SECRET.' }),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? 'this setting is not known here; remove it or correct its name'
        : 'expected an object with wabaId, phoneNumberId and pin',
  },
);

const planSchema = z.object({
  baseUrl: z.string(),
  apiVersion: z.string(),
  wabaId: z.string(),
  phoneNumberId: z.string(),
  appId: z.string(),
  appSecret: z.string(),
  verifyToken: z.string(),
  callbackUrl: z.string().nullable(),
  dataRegion: z.string().nullable(),
});
type Plan = z.infer<typeof planSchema>;

const graphUrl = 'https://graph.facebook.com';

/** Embedded signup's code becomes a number that sends. Source: developers.facebook.com/docs/whatsapp/embedded-signup, read 2026-11. */
export const onboarding: ProviderOnboarding = {
  read: (settings, place) => {
    const read = readSettings(inputSchema, settings);
    if (read.kind === 'invalid') return read;
    const { pin, ...given } = read.settings;
    const app = appOf(given, place);
    if ('faults' in app) return { kind: 'invalid', faults: app.faults };
    const plan: Plan = {
      baseUrl: place.baseUrl !== undefined && isBaseUrl(place.baseUrl) ? place.baseUrl.replace(/\/+$/u, '') : graphUrl,
      apiVersion: given.apiVersion,
      wabaId: given.wabaId,
      phoneNumberId: given.phoneNumberId,
      ...app,
      verifyToken: given.verifyToken ?? place.verifyToken,
      callbackUrl: given.callbackUrl === undefined ? (place.webhookUrl ?? null) : given.callbackUrl,
      dataRegion: given.dataRegion ?? null,
    };
    return { kind: 'read', plan, pin };
  },
  open: (plan) => {
    const read = planSchema.safeParse(plan);
    return read.success ? toSteps(read.data) : null;
  },
  isPin: (pin) => pinPattern.test(pin),
};

function appOf(
  given: { readonly appId?: string | undefined; readonly appSecret?: string | undefined },
  place: OnboardingPlace,
): { readonly appId: string; readonly appSecret: string } | { readonly faults: readonly Fault[] } {
  // One without the other would mix two apps.
  const { appId, appSecret } = given.appId === undefined && given.appSecret === undefined ? place : given;
  if (appId !== undefined && appSecret !== undefined) return { appId, appSecret };
  const detail =
    'expected the app’s id and secret, both: here, or in POSTHORN_META_APP_ID and POSTHORN_META_APP_SECRET of this installation';
  return { faults: [{ pointer: appId === undefined ? '/appId' : '/appSecret', detail }] };
}

function toSteps(plan: Plan): OnboardingSteps {
  const root = `${plan.baseUrl}/${plan.apiVersion}`;
  const post = (operation: string, id: string, edge: string, token: string, body: object): HttpRequest => ({
    operation: `whatsapp-cloud.onboarding.${operation}`,
    method: 'POST',
    url: `${root}/${encodeURIComponent(id)}/${edge}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, appsecret_proof: toAppSecretProof(token, plan.appSecret) }),
  });
  return {
    fetchToken: (code) => {
      // Code and secret stand in the query, as Meta wants it: this address is in no log, since calls are told by their operation.
      const query = new URLSearchParams({ client_id: plan.appId, client_secret: plan.appSecret, code });
      return {
        request: {
          operation: 'whatsapp-cloud.onboarding.token',
          method: 'GET',
          url: `${root}/oauth/access_token?${query.toString()}`,
        },
        read: readToken,
      };
    },
    registerWebhooks: (token) => {
      const override =
        plan.callbackUrl === null ? {} : { override_callback_uri: plan.callbackUrl, verify_token: plan.verifyToken };
      return { request: post('webhooks', plan.wabaId, 'subscribed_apps', token, override), read: readStep };
    },
    registerPhone: (token, pin) => {
      const body = {
        messaging_product: 'whatsapp',
        pin,
        ...(plan.dataRegion !== null && { data_localization_region: plan.dataRegion }),
      };
      return { request: post('phone', plan.phoneNumberId, 'register', token, body), read: readStep };
    },
    toSettings: (token, before) => {
      const { appSecrets: _, ...kept } = z.record(z.string(), z.unknown()).catch({}).parse(before);
      const { phoneNumberId: number, wabaId: account, appSecret, verifyToken: proof, apiVersion: version } = plan;
      return {
        ...kept,
        phoneNumberId: number,
        wabaId: account,
        accessToken: token,
        appSecret,
        verifyToken: proof,
        apiVersion: version,
        baseUrl: plan.baseUrl,
        // So that `channels connect` does again what was done here.
        appId: plan.appId,
        callback: plan.callbackUrl === null ? 'app' : 'waba',
      };
    },
  };
}
