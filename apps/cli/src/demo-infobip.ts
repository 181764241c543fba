import { infobip } from '@posthorn/provider-infobip';
import { demoChannelIdOf, demoWebhookUrl, type DemoProvider } from './demo-provider.ts';

const sender = '15550000002';

/** Infobip's demo: by the current API, with webhooks that are signed. */
export const demoInfobip: DemoProvider = {
  provider: infobip,
  channelId: demoChannelIdOf(infobip),
  workerPort: 'POSTHORN_WORKER_INFOBIP_PORT',
  settings: ({ accessToken, appSecret }, { sandboxUrl }) => ({
    sender,
    baseUrl: sandboxUrl,
    auth: { type: 'api_key', apiKey: accessToken },
    webhook: { hmac: { secrets: [appSecret] } },
  }),
  addAccount: (control, { accessToken, appSecret }, apiUrl) =>
    void control.infobip.putAccount({
      sender,
      apiKey: accessToken,
      webhook: { url: demoWebhookUrl(infobip, apiUrl), hmac: { secret: appSecret } },
    }),
  write: (control, { from, text }) => control.infobip.inbound({ sender, from: from.slice(1), text })?.messageId ?? null,
};
