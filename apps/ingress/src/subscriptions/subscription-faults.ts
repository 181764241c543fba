import { isSigningSecret } from '@posthorn/forwarding';
import { createProblem, type Problem } from '@posthorn/runtime';
import type { Subscription } from '@posthorn/subscription';
import type { FastifyRequest } from 'fastify';
import type { RouteDeps } from '../route-deps.ts';

/** Gives the way to what is wrong with a subscription as it is asked for, beyond its form; null: nothing. */
export function createFaultOf({ events, channels, tenantOf }: Pick<RouteDeps, 'events' | 'channels' | 'tenantOf'>) {
  return function faultOf(
    request: FastifyRequest,
    {
      url,
      channels: wanted,
      secret,
    }: {
      readonly url?: string | undefined;
      readonly channels?: Subscription['channels'] | undefined;
      readonly secret?: string | undefined;
    },
  ): Problem | null {
    const refusal = url === undefined ? null : events.refusalOf(url);
    if (refusal !== null) return invalid('/url', refusal);
    if (secret !== undefined && !isSigningSecret(secret)) {
      return invalid(
        '/secret',
        'expected whsec_ and base64 of 24 to 64 random bytes; or leave it out, and one is made',
      );
    }
    const foreign = wanted?.findIndex((id) => channels.get(id)?.tenantId !== tenantOf(request)) ?? -1;
    return foreign < 0 ? null : invalid(`/channels/${foreign}`, 'there is no such channel of yours');
  };
}

function invalid(pointer: string, detail: string): Problem {
  return createProblem({
    code: 'invalid_request',
    title: 'The request is not valid',
    status: 422,
    detail: 'One fault was found; see errors.',
    errors: [{ detail, pointer }],
  });
}
