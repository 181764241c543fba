import type { ConnectedChannel } from '../provider.ts';
import type { ProviderCase } from './provider-case.ts';

/** The channel of the case's settings; throws where they do not connect. */
export function connected({ provider, settings }: ProviderCase): ConnectedChannel {
  const channel = provider.connect(settings);
  if (channel.kind === 'connected') return channel;
  const faults = channel.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
  throw new Error(`expected settings that connect, came faults: ${faults}`);
}
