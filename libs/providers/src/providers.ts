import type { Provider } from '@posthorn/provider';
import { whatsappCloud } from '@posthorn/provider-whatsapp-cloud';

/** Every provider posthorn knows. A new one is one line here. */
export const providers: readonly Provider[] = [whatsappCloud];

/** The provider of that name, or null. */
export function providerById(id: string): Provider | null {
  return providers.find((provider) => provider.id === id) ?? null;
}
