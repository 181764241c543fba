import type { Channel, ChannelInput, ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { Fault, Provider } from '@posthorn/provider';
import type { Pauses } from '@posthorn/queue';

export interface PutChannelDeps {
  readonly registry: Pick<ChannelRegistry, 'put' | 'get' | 'isGone' | 'list'>;
  readonly ledger: Pick<Ledger, 'setState'>;
  readonly pauses: Pick<Pauses, 'resume' | 'align'>;
  readonly providers: readonly Provider[];
}

export type PutChannelResult =
  | { readonly kind: 'put'; readonly channel: Channel }
  /** Pointers start at the channel. */
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/**
 * Adds a channel or changes it. Its workers follow without a restart; a pause for refused credentials ends, because these
 * are new ones. Nothing is stored unless the provider accepts the form of its settings, nor under the id of a channel that was removed.
 */
export async function putChannel(
  { registry, ledger, pauses, providers }: PutChannelDeps,
  input: ChannelInput,
): Promise<PutChannelResult> {
  const faults = checkChannel(providers, input, registry.get(input.id));
  if (faults.length > 0) return { kind: 'invalid', faults };
  if (await registry.isGone(input.id)) {
    const detail = 'expected an id that was not used before: a channel of this id was removed; choose another';
    return { kind: 'invalid', faults: [{ pointer: '/id', detail }] };
  }
  const channel = await registry.put(input);
  await ledger.setState(channel, 'open');
  await putRight({ registry, pauses }, channel);
  // What is paused altogether (its tenant, its provider, everything) is so for a new channel too.
  await pauses.align(channel);
  return { kind: 'put', channel };
}

/** Its credentials, or its account, are in order again: ends the pauses for that, also those of others that its trouble paused. */
export async function putRight(
  { registry, pauses }: { readonly registry: Pick<ChannelRegistry, 'list'>; readonly pauses: Pick<Pauses, 'resume'> },
  channel: Pick<Channel, 'id' | 'provider'>,
): Promise<void> {
  await pauses.resume(channel, 'credentials');
  const others = registry.list().filter(({ id, provider }) => provider === channel.provider && id !== channel.id);
  await Promise.all(others.map(async (other) => await pauses.resume(other, 'credentials', channel.id)));
}

/** What is wrong with a channel, before anything is stored. `known`: the one that is there under its id. */
export function checkChannel(
  providers: readonly Provider[],
  input: Pick<ChannelInput, 'provider' | 'settings' | 'tenantId'>,
  known: Pick<Channel, 'provider' | 'tenantId'> | null,
): readonly Fault[] {
  const provider = providers.find(({ id }) => id === input.provider);
  if (provider === undefined) {
    const names = providers.map(({ id }) => id).join(', ');
    return [{ pointer: '/provider', detail: `expected one of ${names}` }];
  }
  if (known !== null && known.provider !== input.provider) {
    const detail = `expected ${known.provider}: a channel stays at its provider, because its messages do; add another channel`;
    return [{ pointer: '/provider', detail }];
  }
  if (known !== null && known.tenantId !== input.tenantId) {
    return [{ pointer: '/tenantId', detail: 'expected the tenant that the channel has: it cannot move' }];
  }
  const connected = provider.connect(input.settings);
  return connected.kind === 'connected'
    ? []
    : connected.faults.map(({ pointer, detail }) => ({ pointer: `/settings${pointer}`, detail }));
}
