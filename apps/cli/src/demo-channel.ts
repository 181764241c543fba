import { isDeepStrictEqual } from 'node:util';
import { channelInputSchema } from '@posthorn/channel';
import { channelIdSchema } from '@posthorn/message';
import type { WhatsappCloudAccountInput } from '@posthorn/sandbox';
import { putChannel, type PutChannelDeps } from '@posthorn/worker';

/** The id of the channel that leads to the sandbox. */
export const demoChannelId = channelIdSchema.parse('demo-whatsapp-cloud');

/** What the demo channel and its account at the sandbox have in common. */
export interface SandboxSecrets {
  readonly accessToken: string;
  readonly appSecret: string;
  readonly verifyToken: string;
}

const ids = { phoneNumberId: '100000000000001', wabaId: '100000000000002' } as const;
export const demoPhoneNumberId = ids.phoneNumberId;

/** Adds the demo channel or brings its settings up to date; one that fits already is left as it is. */
export async function putDemoChannel(
  deps: PutChannelDeps,
  { accessToken, appSecret, verifyToken }: SandboxSecrets,
  sandboxUrl: string,
): Promise<void> {
  const settings = { ...ids, accessToken, appSecret, verifyToken, baseUrl: sandboxUrl };
  const known = deps.registry.get(demoChannelId);
  if (known !== null && isDeepStrictEqual(known.settings, settings)) {
    await deps.ledger.setState(known, 'open');
    return;
  }
  const added = channelInputSchema.parse({
    id: demoChannelId,
    provider: 'whatsapp-cloud',
    name: 'Demo (the sandbox)',
    settings,
  });
  // What someone changed about it, its pace for one, stays.
  const result = await putChannel(deps, known === null ? added : { ...known, settings });
  if (result.kind === 'invalid') {
    throw new Error(`the demo channel does not fit: ${result.faults.map(({ detail }) => detail).join('; ')}`);
  }
}

/** The demo channel's account at the sandbox. */
export function demoAccount(secrets: SandboxSecrets, apiUrl: string): WhatsappCloudAccountInput {
  return {
    ...ids,
    displayPhoneNumber: '+1 555 000 0000',
    accessToken: secrets.accessToken,
    appId: '100000000000003',
    appSecret: secrets.appSecret,
    webhook: { url: `${apiUrl}/webhooks/whatsapp-cloud/${demoChannelId}`, verifyToken: secrets.verifyToken },
  };
}
