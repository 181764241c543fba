import type { Channel, ChannelInput, ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { Fault, Provider } from '@posthorn/provider';
import type { Pauses } from '@posthorn/queue';

export interface PutChannelDeps {
  readonly registry: ChannelRegistry;
  readonly ledger: Ledger;
  readonly pauses: Pauses;
  readonly providers: readonly Provider[];
}

export type PutChannelResult =
  | { readonly kind: 'put'; readonly channel: Channel }
  /** Pointers start at the channel. */
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/**
 * Adds a channel or changes it. Its workers follow without a restart; a pause for refused credentials ends, because these
 * are new ones. Nothing is stored unless the provider accepts the form of its settings.
 */
export async function putChannel(
  { registry, ledger, pauses, providers }: PutChannelDeps,
  input: ChannelInput,
): Promise<PutChannelResult> {
  const provider = providers.find(({ id }) => id === input.provider);
  if (provider === undefined) {
    const known = providers.map(({ id }) => id).join(', ');
    return { kind: 'invalid', faults: [{ pointer: '/provider', detail: `expected one of ${known}` }] };
  }
  const connected = provider.connect(input.settings);
  if (connected.kind === 'invalid') {
    return {
      kind: 'invalid',
      faults: connected.faults.map(({ pointer, detail }) => ({ pointer: `/settings${pointer}`, detail })),
    };
  }
  const channel = await registry.put(input);
  await ledger.setState(channel, 'open');
  await pauses.resume(channel, 'credentials');
  return { kind: 'put', channel };
}
