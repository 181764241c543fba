import type { Provider } from '@posthorn/provider';
import { infobip } from '@posthorn/provider-infobip';
import { kernel } from '@posthorn/provider-kernel';
import { twilio } from '@posthorn/provider-twilio';
import { whatsappCloud } from '@posthorn/provider-whatsapp-cloud';

/** Every provider posthorn knows. A new one is one line here. */
export const providers: readonly Provider[] = [whatsappCloud, kernel, twilio, infobip];

/** The provider of that name, or null. */
export function providerById(id: string): Provider | null {
  return providers.find((provider) => provider.id === id) ?? null;
}
