import type { Channel } from '@posthorn/channel';
import type { ConnectedChannel, Provider } from '@posthorn/provider';
import type { Log } from '@posthorn/runtime';

/** A channel's provider side, opened once per version: the registry gives the same object until it changes. Null: wrong settings. */
export type ConnectChannel = (channel: Channel) => ConnectedChannel | null;

/** Remembers what it opened; a channel whose settings are wrong is reported once per version. */
export function createConnectChannel(providerById: ReadonlyMap<string, Provider>, log: Log): ConnectChannel {
  const connectedByChannel = new WeakMap<Channel, ConnectedChannel | 'invalid'>();
  return (channel) => {
    const known = connectedByChannel.get(channel);
    if (known !== undefined) return known === 'invalid' ? null : known;
    const result = providerById.get(channel.provider)?.connect(channel.settings);
    if (result?.kind === 'connected') {
      connectedByChannel.set(channel, result);
      return result;
    }
    const faults = result?.faults.map(({ pointer, detail }) => `${pointer} ${detail}`) ?? [];
    log.error(
      { channelId: channel.id, provider: channel.provider, faults },
      'the settings of a channel are not valid: its webhooks are refused',
    );
    connectedByChannel.set(channel, 'invalid');
    return null;
  };
}
