import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { ProviderId } from '@posthorn/message';
import type { Provider } from '@posthorn/provider';
import { providers } from '@posthorn/providers';
import type { Pauses } from '@posthorn/queue';
import type { Log, Own } from '@posthorn/runtime';
import type { AccountHolds, ConnectedChannels, LiveChannel } from '@posthorn/worker';
import { connectChannels, createAccountHolds } from '@posthorn/worker';

/** All channels, of all providers, with their provider's side opened. */
export interface FollowedChannels {
  /** Null: its settings are wrong, or it is gone. */
  readonly find: (channel: Pick<Channel, 'id' | 'provider'>) => Promise<LiveChannel | null>;
  readonly holds: AccountHolds;
}

/** Follows the registry for as long as `own` says. */
export function followChannels(
  own: Own,
  {
    registry,
    ledger,
    pauses,
    log,
  }: { registry: ChannelRegistry; ledger: Pick<Ledger, 'wait'>; pauses: Pick<Pauses, 'pause'>; log: Log },
): FollowedChannels {
  const follow = (provider: Provider): [ProviderId, ConnectedChannels] => {
    const channels = connectChannels(registry, provider, log);
    own(
      channels.follow(() => undefined),
      (stop) => stop(),
      `channels of ${provider.title}`,
    );
    return [provider.id, channels];
  };
  const byProvider = new Map(providers.map(follow));
  return {
    find: async ({ id, provider }) => (await byProvider.get(provider)?.find(id)) ?? null,
    holds: createAccountHolds({
      siblings: (one) => byProvider.get(one.channel.provider)?.siblings(one) ?? [],
      ledger,
      pauses,
      log,
    }),
  };
}
