import { describeProvider } from '@posthorn/provider/testing';
import { accountSid, contents, orderContentSid, publicUrl, sender } from './fixtures/connected-channel.ts';
import { edges } from './fixtures/edges.ts';
import { errorRows, refusal } from './fixtures/error-rows.ts';
import { samples } from './fixtures/samples.ts';
import { callback, inbound, signed } from './fixtures/webhooks.ts';
import { twilio } from './twilio.ts';

const authTokens = ['auth-token-now-0001', 'auth-token-before-0001'] as const;
const apiKeySecret = 'api-key-secret-0001';
const apiKeySid = 'SK00000000000000000000000000000001';
const webhookUrl = `${publicUrl}/webhooks/twilio/contract?m=msg_contract_01JD8T0Z5R4YV3W2X1Q0P9N8M7`;

/** Everything is text in a form. */
function toForm(entry: unknown): Uint8Array {
  if (typeof entry !== 'object' || entry === null) return Buffer.from(`value=${encodeURIComponent(String(entry))}`);
  const fields = Object.entries(entry).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Buffer.from(new URLSearchParams(fields).toString());
}

describeProvider({
  provider: twilio,
  setUpOrigins: ['https://messaging.example.test', 'https://content.example.test'],
  settings: {
    accountSid,
    authTokens,
    apiKeySid,
    apiKeySecret,
    from: sender,
    messagingServiceSid: 'MG00000000000000000000000000000001',
    publicUrl,
    callbackOverrides: 'rc=3&rp=all',
    environment: 'production',
    pacePerSecond: 80,
    defaultCountryCode: '+39',
    templates: { order_update: orderContentSid, welcome: { en: orderContentSid } },
    contents,
    baseUrl: 'https://api.example.test',
  },
  token: null,
  webhookUrl,
  required: ['accountSid', 'authTokens', 'from', 'publicUrl'],
  credentials: [...authTokens, apiKeySecret],
  baseUrl: `https://api.example.test/2010-04-01/Accounts/${accountSid}/`,
  isAuthorised: ({ headers }) =>
    headers?.['authorization'] === `Basic ${Buffer.from(`${apiKeySid}:${apiKeySecret}`).toString('base64')}`,
  samples,
  edges,
  accepts: (externalId) => ({
    kind: 'answered',
    status: 201,
    headers: {},
    body: { sid: externalId, status: 'queued', error_code: null, error_message: null },
    text: '',
    durationMs: 1,
  }),
  refuses: (words) => refusal(21_211, 400, words, { 'twilio-request-id': words }),
  replies: errorRows,
  signingSecrets: authTokens,
  sign: (body, secret) => signed(webhookUrl, body, secret),
  webhook: {
    perCall: 'one',
    body: ([entry]) => toForm(entry),
    message: (externalId) => ({ ...inbound, MessageSid: externalId }),
    status: (externalId) => ({ ...callback, MessageSid: externalId }),
    unknown: (marker) => ({ AccountSid: accountSid, KindOfTomorrow: marker }),
  },
});
