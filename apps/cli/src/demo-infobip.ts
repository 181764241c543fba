import { channelIdSchema } from '@posthorn/message';
import { infobip } from '@posthorn/provider-infobip';
import { demoChannelIdOf, demoWebhookUrl, type DemoProvider } from './demo-provider.ts';

const workerPort = 'POSTHORN_WORKER_INFOBIP_PORT';

/** Infobip's demo: by the current API, with webhooks that are signed. */
export const demoInfobip: DemoProvider = {
  provider: infobip,
  title: 'Infobip',
  channelId: demoChannelIdOf(infobip),
  workerPort,
  ...accountOf('15550000002', demoChannelIdOf(infobip)),
};

const omniChannelId = channelIdSchema.parse('demo-infobip-omni');

/** The same by the older OMNI API, which can do less. */
export const demoInfobipOmni: DemoProvider = {
  provider: infobip,
  title: 'Infobip, by the OMNI API',
  channelId: omniChannelId,
  workerPort,
  ...accountOf('15550000005', omniChannelId, 'DEMO0SCENARIO'),
};

function accountOf(
  sender: string,
  channelId: string,
  scenarioKey?: string,
): Pick<DemoProvider, 'settings' | 'addAccount' | 'write'> {
  return {
    settings: ({ accessToken, appSecret }, { sandboxUrl }) => ({
      sender,
      baseUrl: sandboxUrl,
      ...(scenarioKey !== undefined && { api: 'omni', scenarioKey }),
      auth: { type: 'api_key', apiKey: `${accessToken}${scenarioKey ?? ''}` },
      webhook: { hmac: { secrets: [appSecret] } },
    }),
    addAccount: (control, { accessToken, appSecret }, apiUrl) =>
      void control.infobip.putAccount({
        sender,
        apiKey: `${accessToken}${scenarioKey ?? ''}`,
        ...(scenarioKey !== undefined && { scenarioKey }),
        webhook: { url: demoWebhookUrl(infobip, apiUrl, channelId), hmac: { secret: appSecret } },
      }),
    write: (control, { from, text }) =>
      control.infobip.inbound({ sender, from: from.slice(1), text })?.messageId ?? null,
  };
}
