import { createHmac } from 'node:crypto';
import { describeProvider } from '@posthorn/provider/testing';
import { edges } from './fixtures/edges.ts';
import { errorRows, refusal } from './fixtures/error-rows.ts';
import { samples } from './fixtures/samples.ts';
import { entry, envelope, messageEntry, phoneNumberId, statusEntry, wabaId } from './fixtures/webhooks.ts';
import { whatsappCloud } from './whatsapp-cloud.ts';

const accessToken = 'EAAtesttoken0001';
const verifyToken = 'verify-me-0001';

describeProvider({
  provider: whatsappCloud,
  settings: {
    phoneNumberId,
    wabaId,
    accessToken,
    appSecrets: ['app-secret-now', 'app-secret-before'],
    verifyToken,
    apiVersion: 'v25.0',
    baseUrl: 'https://graph.example.test',
    appSecretProof: true,
    pacePerSecond: 80,
  },
  token: null,
  webhookUrl: 'https://posthorn.example.test/webhooks/whatsapp-cloud/demo',
  required: ['phoneNumberId', 'wabaId', 'accessToken', 'appSecrets', 'verifyToken'],
  credentials: [accessToken, verifyToken, 'app-secret-now', 'app-secret-before'],
  baseUrl: `https://graph.example.test/v25.0/${phoneNumberId}/`,
  isAuthorised: ({ headers }) => headers?.['authorization'] === `Bearer ${accessToken}`,
  samples,
  edges,
  accepts: (externalId) => ({
    kind: 'answered',
    status: 200,
    headers: {},
    body: {
      messaging_product: 'whatsapp',
      contacts: [{ input: '15550001111', wa_id: '15550001111' }],
      messages: [{ id: externalId }],
    },
    text: '',
    durationMs: 1,
  }),
  refuses: (words) =>
    refusal(131_026, 400, {
      message: words,
      error_user_title: words,
      error_user_msg: words,
      error_data: { details: words },
      fbtrace_id: words,
    }),
  replies: errorRows,
  signingSecrets: ['app-secret-now', 'app-secret-before'],
  sign: (body, secret) => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }),
  webhook: {
    body: (entries) => Buffer.from(JSON.stringify(envelope(entries))),
    message: (externalId) => messageEntry({ id: externalId, type: 'text', text: { body: 'hi' } }),
    status: (externalId) => statusEntry({ id: externalId }),
    unknown: (marker) => entry('field_of_tomorrow', { marker }),
  },
});
