import { createHash } from 'node:crypto';
import { providerIdSchema } from '@posthorn/message';
import type { Capabilities, ConnectedChannel, Provider } from '@posthorn/provider';
import { readSettings } from '@posthorn/provider';
import { whatsappFiles } from '@posthorn/whatsapp-format';
import { checkContent, checkReply } from './check-content.ts';
import { toMediaCalls } from './media-calls.ts';
import { parseWebhook } from './parse-webhook.ts';
import { isProven, toBasic } from './proofs.ts';
import { toReceipts } from './receipts.ts';
import { ownSecrets, registerWebhook } from './register-webhook.ts';
import type { Sender } from './sender.ts';
import { settingsSchema, type Auth, type Settings } from './settings.ts';
import { toLookUp } from './to-look-up.ts';
import { toOutcome } from './to-outcome.ts';
import { toRequest } from './to-request.ts';
import { toTokens } from './to-tokens.ts';
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
    'interactive',
  ]),
  replyTo: true,
  idempotent: true,
  statuses: new Set(['sent', 'delivered', 'read', 'failed']),
  receipts: new Set(['read', 'typing']),
};

/** WhatsApp's own pair rate: one message per 6 s to one user, bursts up to 45. Infobip queues what is faster, then fails it. */
const conversationPace = { everyMs: 6_000, burst: 45 };

/** WhatsApp through Infobip. */
export const infobip: Provider = {
  id: providerIdSchema.parse('infobip'),
  title: 'Infobip',
  capabilities,
  check: checkContent,
  checkReply,
  connect: (settings) => {
    const read = readSettings(settingsSchema, settings);
    return read.kind === 'invalid' ? read : { kind: 'connected', ...connectChannel(read.settings) };
  },
  questions: [
    { path: 'sender', asks: 'The number that sends, with its country code', secret: false, optional: false },
    { path: 'baseUrl', asks: 'Base URL of the account (https://….api.infobip.com)', secret: false, optional: false },
    { path: 'auth.apiKey', asks: 'API key', secret: true, optional: false, with: { 'auth.type': 'api_key' } },
  ],
  ownSecrets,
  files: whatsappFiles,
  webhookAliases: [],
  toOutcome,
  parse: parseWebhook,
};

function connectChannel(settings: Settings): ConnectedChannel {
  const { sender, auth, webhook, pacePerSecond } = settings;
  const baseUrl = settings.baseUrl.replace(/\/+$/u, '');
  const from: Sender = { ...settings, baseUrl, notifyUrl: withKey(settings) };
  return {
    addresses: [sender],
    account: `${new URL(baseUrl).host} ${fingerprintOf(auth)}`,
    pace: { channelPerSecond: pacePerSecond, conversation: conversationPace },
    tokens: toTokens(auth, baseUrl),
    toRequest: (message, token) => toRequest(message, from, toAuthorization(auth, token)),
    lookUp: (lost, token) => toLookUp(lost, baseUrl, toAuthorization(auth, token)),
    receipts: toReceipts({ baseUrl, sender, authorization: (token) => toAuthorization(auth, token) }),
    // Infobip asks its addresses for nothing.
    media: toMediaCalls({ baseUrl, sender, toAuthorization: (token) => toAuthorization(auth, token) }),
    handshake: () => null,
    verifies: (call) => isProven(call, webhook),
    verify: (token) => verifyCredentials(from, toAuthorization(auth, token)),
    registerWebhook: (target, token) =>
      registerWebhook({ baseUrl, sender, webhook, authorization: toAuthorization(auth, token) }, target),
  };
}

/** The address for reports of single messages. It carries a key, because such reports may come without any other proof. */
function withKey({ notifyUrl, webhook }: Settings): string | undefined {
  const key = webhook.keys?.[0];
  return notifyUrl === undefined || key === undefined ? undefined : `${notifyUrl}?key=${encodeURIComponent(key)}`;
}

function toAuthorization(auth: Auth, token: string | null): string {
  switch (auth.type) {
    case 'api_key':
      return `App ${auth.apiKey}`;
    case 'basic':
      return toBasic(auth.username, auth.password);
    case 'oauth':
      return `Bearer ${token ?? ''}`;
    case 'ibsso':
      return `IBSSO ${token ?? ''}`;
    default:
      return auth satisfies never;
  }
}

/** Tells accounts apart that share a host, without showing a credential. */
function fingerprintOf(auth: Auth): string {
  const { type } = auth;
  const name = type === 'api_key' ? auth.apiKey : type === 'oauth' ? auth.clientId : auth.username;
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}
