import { providerIdSchema } from '@posthorn/message';
import type { Capabilities, ConnectedChannel, Provider } from '@posthorn/provider';
import { readSettings } from '@posthorn/provider';
import { whatsappFiles } from '@posthorn/whatsapp-format';
import { checkContent } from './check-content.ts';
import { toMediaCalls } from './media-calls.ts';
import { parseWebhook } from './parse-webhook.ts';
import { readOldChannel } from './read-old-channel.ts';
import { ownSecrets, registerWebhook } from './register-webhook.ts';
import { settingsSchema, versionOf, type Settings } from './settings.ts';
import { toOutcome } from './to-outcome.ts';
import { toRequest } from './to-request.ts';
import { createTokenSource } from './token-source.ts';
import { hasKey } from './webhook-key.ts';

/** Of both versions together; v1 lacks some, which `check` refuses by the channel's version. */
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

/** Kernel publishes no limits: one message per second to one recipient, and 10 per second in all, are posthorn's choice. */
const conversationPace = { everyMs: 1_000, burst: 1 };

/** WhatsApp through Telefónica's Kernel platform, versions v1 and v2. */
export const kernel: Provider = {
  id: providerIdSchema.parse('kernel'),
  title: 'Telefónica Kernel',
  capabilities,
  check: (content, settings) => checkContent(content, versionOf(settings)),
  connect: (settings) => {
    const read = readSettings(settingsSchema, settings);
    return read.kind === 'invalid' ? read : { kind: 'connected', ...connectChannel(read.settings) };
  },
  questions: [
    { path: 'clientId', asks: 'OAuth client id', secret: false, optional: false },
    { path: 'clientSecret', asks: 'OAuth client secret', secret: true, optional: false },
    { path: 'purposes', asks: 'Purposes, separated by spaces', secret: false, optional: true },
    { path: 'scopes', asks: 'Scopes, separated by spaces', secret: false, optional: true },
    { path: 'version', asks: 'Version of the WhatsApp API (v1, v2)', secret: false, optional: true },
    { path: 'environment', asks: 'Environment (like es-pro)', secret: false, optional: true },
  ],
  ownSecrets,
  files: whatsappFiles,
  webhookAliases: [
    {
      // The address that is set at Kernel today: a migration changes nothing there.
      path: '/aura-services/v1/whatsapp/messages',
      channel: (_params, query) => (query['channelId'] === undefined ? null : { id: query['channelId'] }),
    },
  ],
  readOldChannel,
  toOutcome: (reply, nowMs) => toOutcome(reply, nowMs, { retryHttp429: false }),
  parse: parseWebhook,
};

function connectChannel(settings: Settings): ConnectedChannel {
  const { clientId, clientSecret, purposes, scopes, version, environment, apiKeys, retryHttp429 } = settings;
  const apiUrl = (settings.apiUrl ?? `https://api.${environment}.baikalplatform.com`).replace(/\/+$/u, '');
  const tokenUrl = settings.tokenUrl ?? `https://auth.${environment}.baikalplatform.com/token`;
  const sender = {
    url: `${apiUrl}${settings.messagesPath ?? `/whatsapp/${version}/messages`}`,
    version,
    templateNamespace: settings.templateNamespace,
  };
  return {
    addresses: [],
    account: clientId,
    pace: { channelPerSecond: settings.pacePerSecond, conversation: conversationPace },
    tokens: createTokenSource({ tokenUrl, clientId, clientSecret, purposes, scopes }),
    toRequest: (message, token) => toRequest(message, token, sender),
    toOutcome: (reply, nowMs, request) => toOutcome(reply, nowMs, { retryHttp429, request }),
    ...(settings.mediaPath !== undefined && { media: toMediaCalls({ apiUrl, mediaPath: settings.mediaPath }) }),
    apiVersion: version,
    handshake: () => null,
    verifies: (call) => hasKey(call, apiKeys),
    // Kernel documents no call that only reads: a token that is issued is the proof.
    registerWebhook: (target, token) =>
      registerWebhook(
        { url: `${apiUrl}${settings.webhookPath ?? `/whatsapp/${version}/settings/webhook`}`, apiKeys },
        target,
        token,
      ),
  };
}
