import { providerIdSchema } from '@posthorn/message';
import type { Capabilities, ConnectedChannel, Provider } from '@posthorn/provider';
import { readSettings } from '@posthorn/provider';
import { checkContent, whatsappFiles, whatsappLimits } from '@posthorn/whatsapp-format';
import { toMediaCalls } from './media-calls.ts';
import { onboarding } from './onboarding/onboarding.ts';
import { parseWebhook } from './parse-webhook.ts';
import { toReceipts } from './receipts.ts';
import { ownSecrets, registerWebhook } from './register-webhook.ts';
import { settingsSchema, type Settings } from './settings.ts';
import { answerHandshake, isSigned, toAppSecretProof } from './signature.ts';
import { toOutcome } from './to-outcome.ts';
import { toRequest } from './to-request.ts';
import { verifyCredentials } from './verify-credentials.ts';

const capabilities: Capabilities = {
  content: new Set([
    'text',
    'template',
    'image',
    'video',
    'audio',
    'document',
    'sticker',
    'location',
    'contacts',
    'reaction',
    'interactive',
  ]),
  replyTo: true,
  idempotent: false,
  statuses: new Set(['sent', 'delivered', 'read', 'played', 'failed']),
  receipts: new Set(['read', 'typing']),
};

/** One message per 6 s to one user, bursts up to 45. Source: cloud-api/overview, pair rate limits, read 2026-11. */
const conversationPace = { everyMs: 6_000, burst: 45 };

/** WhatsApp through Meta's Cloud API (Graph API). */
export const whatsappCloud: Provider = {
  id: providerIdSchema.parse('whatsapp-cloud'),
  title: 'WhatsApp Cloud API',
  capabilities,
  check: (content) => checkContent(content, whatsappLimits),
  connect: (settings) => {
    const read = readSettings(settingsSchema, settings);
    return read.kind === 'invalid' ? read : { kind: 'connected', ...connectChannel(read.settings) };
  },
  questions: [
    { path: 'phoneNumberId', asks: 'Phone number id (not the number)', secret: false, optional: false },
    { path: 'wabaId', asks: 'WhatsApp Business account id', secret: false, optional: false },
    { path: 'accessToken', asks: 'Access token', secret: true, optional: false },
    { path: 'appSecret', asks: 'App secret: webhooks are signed with it', secret: true, optional: false },
    { path: 'appId', asks: 'App id', secret: false, optional: true },
    { path: 'callback', asks: 'Set the webhook for (app, waba, number)', secret: false, optional: true },
  ],
  ownSecrets,
  files: whatsappFiles,
  webhookAliases: [],
  onboarding,
  toOutcome,
  parse: parseWebhook,
};

function connectChannel(settings: Settings): ConnectedChannel {
  const { phoneNumberId, wabaId, accessToken, verifyToken, pacePerSecond } = settings;
  const appSecrets = settings.appSecrets ?? (settings.appSecret === undefined ? [] : [settings.appSecret]);
  const [currentSecret] = appSecrets;
  const isProven = settings.appSecretProof && currentSecret !== undefined;
  const root = `${settings.baseUrl.replace(/\/+$/u, '')}/${settings.apiVersion}`;
  const sender = {
    url: `${root}/${encodeURIComponent(phoneNumberId)}/messages`,
    accessToken,
    appSecretProof: isProven ? toAppSecretProof(accessToken, currentSecret) : undefined,
    marketing: settings.marketing && {
      url: `${root}/${encodeURIComponent(phoneNumberId)}/marketing_messages`,
      productPolicy: settings.marketing.productPolicy,
      activitySharing: settings.marketing.activitySharing,
    },
  };
  const place = { root, phoneNumberId, wabaId, accessToken, appSecretProof: sender.appSecretProof };
  return {
    addresses: [phoneNumberId, wabaId],
    account: wabaId,
    pace: { channelPerSecond: pacePerSecond, conversation: conversationPace },
    tokens: null,
    toRequest: (message) => toRequest(message, sender),
    receipts: toReceipts(sender),
    apiVersion: settings.apiVersion,
    media: toMediaCalls({ ...place, graphUrl: root }),
    handshake: (query) => answerHandshake(query, verifyToken),
    verifies: (call) => isSigned(call, appSecrets),
    verify: () => verifyCredentials(place),
    registerWebhook: (target) =>
      registerWebhook(
        { ...place, verifyToken, callback: settings.callback, appId: settings.appId, appSecret: currentSecret },
        target,
      ),
  };
}
