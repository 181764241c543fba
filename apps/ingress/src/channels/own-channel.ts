import type { Channel } from '@posthorn/channel';
import type { ChannelId } from '@posthorn/message';
import type { FastifyRequest } from 'fastify';
import type { RouteDeps } from '../route-deps.ts';

/** Gives the way to a tenant's own channel; null alike for one that does not exist and for one of another tenant. */
export function createOwnChannel({ channels, tenantOf }: Pick<RouteDeps, 'channels' | 'tenantOf'>) {
  return async function ownChannel(request: FastifyRequest, id: ChannelId): Promise<Channel | null> {
    // Another process may have put it just now.
    if (channels.get(id) === null) await channels.refresh();
    const channel = channels.get(id);
    return channel !== null && channel.tenantId === tenantOf(request) ? channel : null;
  };
}

/** Of routes that find out first whose channel it is: to others' channels every body has the same answer. */
export function unreadBody() {
  return (value: unknown) => ({ value });
}
