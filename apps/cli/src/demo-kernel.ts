import { channelIdSchema } from '@posthorn/message';
import { kernel } from '@posthorn/provider-kernel';
import { demoChannelIdOf, demoWebhookUrl, type DemoProvider } from './demo-provider.ts';

const workerPort = 'POSTHORN_WORKER_KERNEL_PORT';

/** Kernel's demo: version 2, which can do more than version 1. Its tokens are the scheduler's to renew. */
export const demoKernel: DemoProvider = {
  provider: kernel,
  title: 'Telefónica Kernel, v2',
  channelId: demoChannelIdOf(kernel),
  workerPort,
  ...accountOf({ clientId: 'demo', version: 'v2', displayPhoneNumber: '15550000003' }, demoChannelIdOf(kernel)),
};

const v1ChannelId = channelIdSchema.parse('demo-kernel-v1');

/** The same by version 1. */
export const demoKernelV1: DemoProvider = {
  provider: kernel,
  title: 'Telefónica Kernel, v1',
  channelId: v1ChannelId,
  // The On-Premises API has no status for that it was played.
  voiceEnds: 'read',
  workerPort,
  ...accountOf({ clientId: 'demo-v1', version: 'v1', displayPhoneNumber: '15550000004' }, v1ChannelId),
};

function accountOf(
  account: { readonly clientId: string; readonly version: 'v1' | 'v2'; readonly displayPhoneNumber: string },
  channelId: string,
): Pick<DemoProvider, 'settings' | 'addAccount' | 'write'> {
  const { clientId, version } = account;
  return {
    settings: ({ appSecret, verifyToken }, { sandboxUrl }) => ({
      clientId,
      clientSecret: appSecret,
      version,
      apiKeys: [verifyToken],
      apiUrl: sandboxUrl,
      tokenUrl: `${sandboxUrl}/token`,
    }),
    addAccount: (control, { appSecret, verifyToken }, apiUrl) =>
      void control.kernel.putAccount({
        ...account,
        clientSecret: appSecret,
        webhookUrl: `${demoWebhookUrl(kernel, apiUrl, channelId)}?apikey=${encodeURIComponent(verifyToken)}`,
      }),
    write: (control, { from, text }) =>
      control.kernel.inbound({ clientId, from: from.slice(1), text })?.messageId ?? null,
  };
}
