import { providerIdSchema } from '@posthorn/message';
import type { Capabilities, ConnectedChannel, Provider } from '@posthorn/provider';
import { readSettings } from '@posthorn/provider';
import { checkContent } from './check-content.ts';
import { parseWebhook } from './parse-webhook.ts';
import { settingsSchema, type Settings } from './settings.ts';
import { isSigned } from './signature.ts';
import { toOutcome } from './to-outcome.ts';
import { toRecipient } from './to-recipient.ts';
import { toRequest, type Sender } from './to-request.ts';
import { webhookAliases } from './webhook-aliases.ts';

const capabilities: Capabilities = {
  content: new Set(['text', 'template', 'image', 'video', 'audio', 'document', 'sticker', 'location', 'interactive']),
  replyTo: false,
  idempotent: false,
  statuses: new Set(['sent', 'delivered', 'read', 'failed']),
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
  webhookAliases,
  toOutcome,
  parse: parseWebhook,
};

function connectChannel(settings: Settings): ConnectedChannel {
  const { accountSid, from, publicUrl, environment, pacePerSecond, defaultCountryCode } = settings;
  const authTokens = settings.authTokens ?? (settings.authToken === undefined ? [] : [settings.authToken]);
  const sender: Sender = {
    ...settings,
    url: `${settings.baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`,
    authorization: toAuthorization(settings, authTokens[0] ?? ''),
  };
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
    toRecipient: (given) => toRecipient(given, defaultCountryCode),
    handshake: () => null,
    verifies: (call) => isSigned(call, authTokens, publicUrl),
  };
}

/** An API key where there is one; webhooks are signed with the auth token in any case. */
function toAuthorization({ accountSid, apiKeySid, apiKeySecret }: Settings, authToken: string): string {
  const [user, password] =
    apiKeySid === undefined || apiKeySecret === undefined ? [accountSid, authToken] : [apiKeySid, apiKeySecret];
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
