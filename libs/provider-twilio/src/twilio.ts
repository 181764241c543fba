import { providerIdSchema } from '@posthorn/message';
import type { Capabilities, ConnectedChannel, Provider } from '@posthorn/provider';
import { readSettings } from '@posthorn/provider';
import { checkContent } from './check-content.ts';
import { files, toMediaCalls } from './media-calls.ts';
import { parseWebhook } from './parse-webhook.ts';
import { toReceipts } from './receipts.ts';
import { registerWebhook } from './register-webhook.ts';
import { settingsSchema, type Settings } from './settings.ts';
import { isSigned } from './signature.ts';
import { toLookUp } from './to-look-up.ts';
import { toOutcome } from './to-outcome.ts';
import { toRecipient } from './to-recipient.ts';
import { toRequest, type Sender } from './to-request.ts';
import { verifyCredentials } from './verify-credentials.ts';
import { webhookAliases } from './webhook-aliases.ts';

const capabilities: Capabilities = {
  content: new Set(['text', 'template', 'image', 'video', 'audio', 'document', 'sticker', 'location', 'interactive']),
  replyTo: false,
  idempotent: false,
  statuses: new Set(['sent', 'delivered', 'read', 'failed']),
  receipts: new Set(['typing']),
};

/** WhatsApp's own limit: one message per 6 s to one user, bursts up to 45 (Meta, pair rate limits, read 2026-11). */
const conversationPace = { everyMs: 6_000, burst: 45 };
/** One sender: 80 messages per second, more on request. The sandbox's shared number: one per 3 s (Twilio, read 2026-11). */
const pacePerSecondByEnvironment = { production: 80, sandbox: 1 / 3 } as const;

/** WhatsApp through Twilio Programmable Messaging. */
export const twilio: Provider = {
  id: providerIdSchema.parse('twilio'),
  title: 'Twilio',
  capabilities,
  check: checkContent,
  connect: (settings) => {
    const read = readSettings(settingsSchema, settings);
    return read.kind === 'invalid' ? read : { kind: 'connected', ...connectChannel(read.settings) };
  },
  questions: [
    { path: 'accountSid', asks: 'Account SID (AC…)', secret: false, optional: false },
    { path: 'authToken', asks: 'Auth token: webhooks are signed with it', secret: true, optional: false },
    { path: 'apiKeySid', asks: 'SID of an API key for calls (SK…)', secret: false, optional: true },
    { path: 'apiKeySecret', asks: 'Secret of that API key', secret: true, optional: true },
    { path: 'from', asks: 'The WhatsApp number that sends, like +15552223333', secret: false, optional: false },
    { path: 'publicUrl', asks: 'Where Twilio reaches posthorn', secret: false, optional: false },
    { path: 'messagingServiceSid', asks: 'Messaging service to send through (MG…)', secret: false, optional: true },
  ],
  // Twilio signs with the auth token, which is its own to choose.
  ownSecrets: () => ({}),
  madeByConnect: ['contents'],
  files,
  webhookAliases,
  toOutcome,
  parse: parseWebhook,
};

function connectChannel(settings: Settings): ConnectedChannel {
  const { accountSid, from, publicUrl, environment, pacePerSecond, defaultCountryCode } = settings;
  const authTokens = settings.authTokens ?? (settings.authToken === undefined ? [] : [settings.authToken]);
  const authorization = toAuthorization(settings, authTokens[0] ?? '');
  const accountUrl = `${settings.baseUrl}/2010-04-01/Accounts/${accountSid}`;
  const sender: Sender = { ...settings, url: `${accountUrl}/Messages.json`, authorization };
  return {
    // The number alone: a webhook names it, and several accounts never share one but for the sandbox's.
    addresses: [from],
    account: accountSid,
    pace: {
      channelPerSecond: pacePerSecond ?? pacePerSecondByEnvironment[environment],
      conversation: conversationPace,
    },
    tokens: null,
    toRequest: (message) => toRequest(message, sender),
    lookUp: (lost) => toLookUp(lost, toRequest(lost.message, sender)),
    toRecipient: (given) => toRecipient(given, defaultCountryCode),
    receipts: toReceipts({ messagingUrl: settings.baseUrl.replace('://api.', '://messaging.'), authorization }),
    media: toMediaCalls({ baseUrl: settings.baseUrl, authorization }),
    handshake: () => null,
    verifies: (call) => isSigned(call, authTokens, publicUrl),
    verify: () => verifyCredentials(`${accountUrl}.json`, authorization),
    registerWebhook: (target) =>
      registerWebhook(
        {
          ...settings,
          authorization,
          messagingUrl: settings.baseUrl.replace('://api.', '://messaging.'),
          contentUrl: settings.baseUrl.replace('://api.', '://content.'),
        },
        target,
      ),
  };
}

/** An API key where there is one; webhooks are signed with the auth token in any case. */
function toAuthorization({ accountSid, apiKeySid, apiKeySecret }: Settings, authToken: string): string {
  const [user, password] =
    apiKeySid === undefined || apiKeySecret === undefined ? [accountSid, authToken] : [apiKeySid, apiKeySecret];
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
