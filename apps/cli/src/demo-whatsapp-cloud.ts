import { whatsappCloud } from '@posthorn/provider-whatsapp-cloud';
import { demoChannelIdOf, demoWebhookUrl, type DemoProvider } from './demo-provider.ts';

const ids = { phoneNumberId: '100000000000001', wabaId: '100000000000002' } as const;
export const demoPhoneNumberId = ids.phoneNumberId;

/** The WhatsApp Cloud API's demo. */
export const demoWhatsappCloud: DemoProvider = {
  provider: whatsappCloud,
  channelId: demoChannelIdOf(whatsappCloud),
  workerPort: 'POSTHORN_WORKER_PORT',
  settings: ({ accessToken, appSecret, verifyToken }, { sandboxUrl }) => ({
    ...ids,
    accessToken,
    appSecret,
    verifyToken,
    baseUrl: sandboxUrl,
  }),
  addAccount: ({ whatsappCloud: cloud }, { accessToken, appSecret, verifyToken }, apiUrl) =>
    void cloud.addAccount({
      ...ids,
      displayPhoneNumber: '+1 555 000 0000',
      accessToken,
      appId: '100000000000003',
      appSecret,
      webhook: { url: demoWebhookUrl(whatsappCloud, apiUrl), verifyToken },
    }),
  write: ({ whatsappCloud: cloud }, { from, text }) =>
    cloud.inbound({ phoneNumberId: demoPhoneNumberId, from: from.slice(1), text })?.messageId ?? null,
};
