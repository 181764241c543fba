import { createHmac } from 'node:crypto';
import type { Provider } from '@posthorn/provider';
import { describeProvider, type ProviderCase } from '@posthorn/provider/testing';
import { answered, listed, single } from './fixtures/answers.ts';
import { edges, sharedEdges } from './fixtures/edges.ts';
import { errorRows } from './fixtures/error-rows.ts';
import { omniSamples } from './fixtures/omni-samples.ts';
import { samples } from './fixtures/samples.ts';
import { apiKey, hmacSecrets, settingsWith, webhookKeys } from './fixtures/settings.ts';
import { inbound, report, results, toBytes } from './fixtures/webhooks.ts';
import { infobip } from './infobip.ts';

const current: ProviderCase = {
  provider: infobip,
  settings: settingsWith({
    api: 'whatsapp',
    notifyUrl: 'https://posthorn.example.test/webhooks/infobip/demo',
    applicationId: 'app',
    entityId: 'entity',
    pacePerSecond: 80,
  }),
  token: null,
  webhookUrl: 'https://posthorn.example.test/webhooks/infobip/demo',
  required: ['sender', 'baseUrl', 'auth', 'webhook'],
  credentials: [apiKey, ...hmacSecrets, ...webhookKeys],
  baseUrl: 'https://xyz.api.example.test/whatsapp/1/message/',
  isAuthorised: ({ headers }) => headers?.['authorization'] === `App ${apiKey}`,
  samples,
  edges,
  accepts: (externalId) => answered(200, single(externalId)),
  refuses: (words) => answered(200, single('msg_01', 5, 14, words)),
  replies: errorRows,
  signingSecrets: hmacSecrets,
  sign: (body, secret) => ({ 'x-infobip-signature': createHmac('sha256', secret).update(body).digest('hex') }),
  webhook: {
    body: (entries) => toBytes(results(entries)),
    message: (externalId) => inbound({ type: 'TEXT', text: 'hi' }, { messageId: externalId }),
    status: (externalId) => report({ messageId: externalId }),
    unknown: (marker) => ({ eventOfTomorrow: { marker } }),
  },
};

describeProvider(current);

/** The same provider through its older API: fewer types, and here with a token that expires. */
const omniTypes = new Set(
  [...infobip.capabilities.content].filter((type) => type !== 'sticker' && type !== 'interactive'),
);
const omni: Provider = { ...infobip, capabilities: { ...infobip.capabilities, content: omniTypes } };
const clientSecret = 'client-secret-0001';

describeProvider({
  ...current,
  provider: omni,
  settings: settingsWith({
    api: 'omni',
    scenarioKey: 'AAAA0000BBBB1111CCCC2222DDDD3333',
    auth: { type: 'oauth', clientId: 'client-0001', clientSecret },
  }),
  token: 'token-0001',
  credentials: [clientSecret, 'client-0001', ...hmacSecrets, ...webhookKeys],
  baseUrl: 'https://xyz.api.example.test/omni/1/advanced',
  isAuthorised: ({ headers }) => headers?.['authorization'] === 'Bearer token-0001',
  samples: omniSamples,
  edges: sharedEdges,
  accepts: (externalId) => answered(200, listed(externalId)),
});
