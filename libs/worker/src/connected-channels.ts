import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { ChannelId } from '@posthorn/message';
import type { ConnectedChannel, Provider } from '@posthorn/provider';
import type { Log } from '@posthorn/runtime';

/** A channel with its provider's side opened. */
export interface LiveChannel {
  readonly channel: Channel;
  readonly connected: ConnectedChannel;
}

/** Sends a second that the channel may make: its own setting, or what the provider allows. Null: no limit is known. */
export function paceOf({ channel, connected }: LiveChannel): number | null {
  return channel.pacePerSecond ?? connected.pace.channelPerSecond;
}

/** The channels of one provider, connected, and how to follow them. */
export interface ConnectedChannels {
  /** Null if there is none, also not in the registry itself: it is looked at once more, since a channel may be new. */
  readonly find: (id: ChannelId) => Promise<LiveChannel | null>;
  readonly byAddress: (address: string) => readonly LiveChannel[];
  /** The other channels of its account at the provider. */
  readonly siblings: (one: LiveChannel) => readonly LiveChannel[];
  /** Calls back with what is there now, at once and after every change. Returns how to stop. */
  readonly follow: (listener: (live: ReadonlyMap<ChannelId, LiveChannel>) => void) => () => void;
}

/** Connects each channel of a provider once per version. One whose settings are wrong is reported and left out. */
export function connectChannels(registry: ChannelRegistry, provider: Provider, log: Log): ConnectedChannels {
  let live: ReadonlyMap<ChannelId, LiveChannel> = new Map();
  let liveByAddress: ReadonlyMap<string, readonly LiveChannel[]> = new Map();
  const take = (channels: readonly Channel[]): void => {
    const next = new Map<ChannelId, LiveChannel>();
    for (const channel of channels.filter((each) => each.provider === provider.id)) {
      const known = live.get(channel.id);
      const connected = known?.channel.version === channel.version ? known.connected : connect(channel);
      if (connected !== null) next.set(channel.id, { channel, connected });
    }
    live = next;
    const byAddress = new Map<string, LiveChannel[]>();
    for (const each of next.values()) {
      for (const address of each.connected.addresses) byAddress.set(address, [...(byAddress.get(address) ?? []), each]);
    }
    liveByAddress = byAddress;
  };
  const connect = (channel: Channel): ConnectedChannel | null => {
    const connected = provider.connect(channel.settings);
    if (connected.kind === 'connected') return connected;
    const faults = connected.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
    log.error(
      { channelId: channel.id, faults },
      'the settings of a channel are wrong; it stands still until they are stored anew',
    );
    return null;
  };
  return {
    find: async (id) => {
      const known = live.get(id);
      if (known !== undefined) return known;
      await registry.refresh();
      return live.get(id) ?? null;
    },
    byAddress: (address) => liveByAddress.get(address) ?? [],
    siblings: ({ channel, connected: { account } }) =>
      [...live.values()].filter((other) => other.connected.account === account && other.channel.id !== channel.id),
    follow: (listener) =>
      registry.onChange((channels) => {
        take(channels);
        listener(live);
      }),
  };
}
