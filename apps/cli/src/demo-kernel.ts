import { kernel } from '@posthorn/provider-kernel';
import { demoChannelIdOf, demoWebhookUrl, type DemoProvider } from './demo-provider.ts';

const clientId = 'demo';

/** Kernel's demo: version 2, which can do more than version 1. Its tokens are the scheduler's to renew. */
export const demoKernel: DemoProvider = {
  provider: kernel,
  channelId: demoChannelIdOf(kernel),
  workerPort: 'POSTHORN_WORKER_KERNEL_PORT',
  settings: ({ appSecret, verifyToken }, { sandboxUrl }) => ({
    clientId,
    clientSecret: appSecret,
    version: 'v2',
    apiKeys: [verifyToken],
    apiUrl: sandboxUrl,
    tokenUrl: `${sandboxUrl}/token`,
  }),
  addAccount: (control, { appSecret, verifyToken }, apiUrl) =>
    void control.kernel.putAccount({
      clientId,
      clientSecret: appSecret,
      version: 'v2',
      displayPhoneNumber: '15550000003',
      webhookUrl: `${demoWebhookUrl(kernel, apiUrl)}?apikey=${encodeURIComponent(verifyToken)}`,
    }),
  write: (control, { from, text }) =>
    control.kernel.inbound({ clientId, from: from.slice(1), text })?.messageId ?? null,
};
