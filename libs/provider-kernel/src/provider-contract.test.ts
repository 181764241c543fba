import { describeProvider } from '@posthorn/provider/testing';
import { edges } from './fixtures/edges.ts';
import { answer, errorRows } from './fixtures/error-rows.ts';
import { samples } from './fixtures/samples.ts';
import { kernel } from './kernel.ts';

const token = 'kernel-token-0001';
const clientSecret = 'client-secret-0001';

describeProvider({
  provider: kernel,
  settings: {
    clientId: 'client-1',
    clientSecret,
    purposes: 'customer-service dpv:Purpose#part',
    scopes: 'whatsapp:send',
    version: 'v2',
    environment: 'es-pre',
    apiKeys: ['key-now', 'key-before'],
    apiUrl: 'https://kernel.example.test',
    tokenUrl: 'https://auth.example.test/token',
    messagesPath: '/whatsapp/v2/messages',
    templateNamespace: 'ns_1',
    retryHttp429: true,
    pacePerSecond: 10,
  },
  token,
  webhookUrl: 'https://posthorn.example.test/webhooks/kernel/demo?apikey=key-now',
  required: ['clientId', 'clientSecret'],
  credentials: [clientSecret, 'key-now', 'key-before'],
  baseUrl: 'https://kernel.example.test/whatsapp/v2/messages',
  isAuthorised: ({ headers }) => headers?.['authorization'] === `Bearer ${token}`,
  samples,
  edges,
  accepts: (externalId) =>
    answer(200, { messages: [{ id: externalId }], meta: { api_status: 'stable', version: '2.x' } }),
  refuses: (words) =>
    answer(
      400,
      { responseCode: 1026, code: words, message: words, errors: [{ title: words, details: words }] },
      { 'x-correlator': words },
    ),
  replies: errorRows,
  repeatsAfter: [500, 502, 503, 504],
  signingSecrets: ['key-now', 'key-before'],
  sign: (_body, secret) => ({ apikey: secret }),
  provenBy: 'query',
  // A list of bodies in the On-Premises form, so that each entry is a body of its own.
  webhook: {
    body: (entries) => Buffer.from(JSON.stringify(entries)),
    message: (externalId) => ({
      contacts: [{ profile: { name: 'Ana' }, wa_id: '34600000001' }],
      messages: [
        { from: '34600000001', id: externalId, timestamp: '1764000000', type: 'text', text: { body: 'Hola' } },
      ],
    }),
    status: (externalId) => ({
      statuses: [{ id: externalId, recipient_id: '34600000001', status: 'delivered', timestamp: '1764000005' }],
    }),
    unknown: (marker) => ({ something_of_tomorrow: { marker } }),
  },
});
