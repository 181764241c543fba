import type { ProviderId, TenantId } from '@posthorn/message';
import { providerIdSchema, tenantIdSchema } from '@posthorn/message';
import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';

/** Many channels at once. */
export type PauseScope =
  | { readonly kind: 'provider'; readonly provider: ProviderId }
  | { readonly kind: 'tenant'; readonly tenantId: TenantId }
  | { readonly kind: 'everything' };

/** A pause of many channels, in force. */
export interface WidePause {
  readonly scope: PauseScope;
  readonly by: string;
  readonly at: number;
  readonly why?: string | undefined;
}

export const wideReasons = ['provider', 'tenant', 'everything'] as const;

/** Which pauses of many are in force: one small hash, that channels are aligned with. */
export interface WidePauses {
  readonly set: (scope: PauseScope, pause: Omit<WidePause, 'scope'>) => Promise<void>;
  readonly remove: (scope: PauseScope) => Promise<void>;
  readonly list: () => Promise<readonly WidePause[]>;
  readonly covers: (
    scope: PauseScope,
    channel: { readonly provider: ProviderId; readonly tenantId: TenantId },
  ) => boolean;
}

const key = 'posthorn:{pauses}:many';
const scopeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('provider'), provider: providerIdSchema }),
  z.object({ kind: z.literal('tenant'), tenantId: tenantIdSchema }),
  z.object({ kind: z.literal('everything') }),
]);
const pauseSchema = z.object({ scope: scopeSchema, by: z.string(), at: z.number(), why: z.string().optional() });

export function createWidePauses(redis: RedisClient): WidePauses {
  return {
    set: async (scope, pause) => void (await redis.hset(key, nameOf(scope), JSON.stringify({ scope, ...pause }))),
    remove: async (scope) => void (await redis.hdel(key, nameOf(scope))),
    list: async () => (await redis.hvals(key)).map((value) => pauseSchema.parse(JSON.parse(value))),
    covers: (scope, channel) => {
      switch (scope.kind) {
        case 'provider':
          return scope.provider === channel.provider;
        case 'tenant':
          return scope.tenantId === channel.tenantId;
        case 'everything':
          return true;
        default:
          return scope satisfies never;
      }
    },
  };
}

function nameOf(scope: PauseScope): string {
  switch (scope.kind) {
    case 'provider':
      return `provider ${scope.provider}`;
    case 'tenant':
      return `tenant ${scope.tenantId}`;
    case 'everything':
      return 'everything';
    default:
      return scope satisfies never;
  }
}
