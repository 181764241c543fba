import { providerIdSchema } from '@posthorn/message';
import type { Capabilities, ConnectedChannel, Provider } from '@posthorn/provider';
import { readSettings } from '@posthorn/provider';
import { checkContent, whatsappLimits } from '@posthorn/whatsapp-format';
import { parseWebhook } from './parse-webhook.ts';
import { settingsSchema, type Settings } from './settings.ts';
import { answerHandshake, isSigned, toAppSecretProof } from './signature.ts';
import { toOutcome } from './to-outcome.ts';
import { toRequest } from './to-request.ts';

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
  webhookAliases: [],
  toOutcome,
  parse: parseWebhook,
};

function connectChannel(settings: Settings): ConnectedChannel {
  const { phoneNumberId, wabaId, accessToken, verifyToken, pacePerSecond } = settings;
  const appSecrets = settings.appSecrets ?? (settings.appSecret === undefined ? [] : [settings.appSecret]);
  const [currentSecret] = appSecrets;
  const isProven = settings.appSecretProof && currentSecret !== undefined;
  const sender = {
    url: `${settings.baseUrl.replace(/\/+$/u, '')}/${settings.apiVersion}/${encodeURIComponent(phoneNumberId)}/messages`,
    accessToken,
    appSecretProof: isProven ? toAppSecretProof(accessToken, currentSecret) : undefined,
  };
  return {
    addresses: [phoneNumberId, wabaId],
    account: wabaId,
    pace: { channelPerSecond: pacePerSecond, conversation: conversationPace },
    tokens: null,
    toRequest: (message) => toRequest(message, sender),
    handshake: (query) => answerHandshake(query, verifyToken),
    verifies: (call) => isSigned(call, appSecrets),
  };
}
