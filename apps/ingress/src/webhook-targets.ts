import { createHmac } from 'node:crypto';
import type { Channel, ChannelRegistry } from '@posthorn/channel';
import { channelIdSchema } from '@posthorn/message';
import type { ConnectedChannel, Provider, WebhookAlias, WebhookCall } from '@posthorn/provider';
import { z } from 'zod';
import type { ConnectChannel } from '@posthorn/admission';

/** Which channel a webhook's address names, connected. */
export interface Target {
  readonly channel: Channel;
  readonly connected: ConnectedChannel;
}

/** What an address of ours says: the route that it fits, and the parts of it that are no fixed words. */
export interface WebhookAddress {
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** A way for webhooks into ingress. */
export interface WebhookRoute {
  readonly path: string;
  /** Of an older system: told in docs/migrate, not in the API. */
  readonly isAlias: boolean;
}

/** What the addresses of webhooks mean. */
export interface WebhookTargets {
  readonly routes: readonly WebhookRoute[];
  /** The provider as the address names it, known or not, and the channel, if there is one. */
  readonly find: (address: WebhookAddress) => { readonly provider: string; readonly target: Target | null };
}

const plainRoute = '/webhooks/:provider/:channelId';
const addressParams = z.object({ provider: z.string().max(64), channelId: z.string().max(64) });

/** Knows our own form of addresses, and those of older systems. */
export function createWebhookTargets({
  channels,
  connect,
  providerById,
}: {
  readonly channels: Pick<ChannelRegistry, 'get' | 'list'>;
  readonly connect: ConnectChannel;
  readonly providerById: ReadonlyMap<string, Provider>;
}): WebhookTargets {
  const aliases = [...providerById.values()].flatMap(({ id, webhookAliases }) =>
    webhookAliases.map((alias) => ({ provider: id, alias })),
  );

  function targetOf(provider: string, channelId: string): Target | null {
    const id = channelIdSchema.safeParse(channelId);
    const channel = id.success ? channels.get(id.data) : null;
    if (channel === null || channel.provider !== provider) return null;
    const connected = connect(channel);
    return connected === null ? null : { channel, connected };
  }

  /** The channel that an older system's address names: by id, or the one whose labels all match. */
  function namedTarget(provider: string, named: NonNullable<ReturnType<WebhookAlias['channel']>>): Target | null {
    if ('id' in named) return targetOf(provider, named.id);
    const wanted = Object.entries(named.labels);
    const found = channels
      .list()
      .find(
        (channel) => channel.provider === provider && wanted.every(([label, value]) => channel.labels[label] === value),
      );
    return found === undefined ? null : targetOf(provider, found.id);
  }

  return {
    routes: [
      { path: plainRoute, isAlias: false },
      ...aliases.map(({ alias }) => ({ path: alias.path, isAlias: true })),
    ],
    find: ({ route, params, query }) => {
      if (route === plainRoute) {
        const asked = addressParams.safeParse(params);
        const { provider, channelId } = asked.data ?? { provider: 'unknown', channelId: '' };
        return { provider, target: targetOf(provider, channelId) };
      }
      const known = aliases.find(({ alias }) => alias.path === route);
      const named = known?.alias.channel(params, query) ?? null;
      if (known === undefined) return { provider: 'unknown', target: null };
      return { provider: known.provider, target: named === null ? null : namedTarget(known.provider, named) };
    },
  };
}

/** Nothing is verified for an unknown channel, but as much is computed, so that the time taken tells nothing either. */
export function verifies(target: Target | null, call: WebhookCall): target is Target {
  if (target !== null) return target.connected.verifies(call);
  createHmac('sha256', 'nobody').update(call.body).digest();
  return false;
}
