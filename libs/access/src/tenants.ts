import type { Redis } from 'ioredis';
import { z } from 'zod';

/** At most so many messages in so long; the bucket is full at first, and refills evenly. */
export const intakeQuotaSchema = z.object({
  messages: z.number().int().min(1).max(1_000_000_000),
  /** Milliseconds. */
  perMs: z.number().int().min(1000).max(86_400_000),
});
export type IntakeQuota = z.infer<typeof intakeQuotaSchema>;

const recordSchema = z.looseObject({ intake: intakeQuotaSchema.nullable().default(null) });

/** What is set for a tenant. A tenant needs no record: without one nothing is limited. */
export interface Tenant {
  readonly tenantId: string;
  /** Null: no limit. */
  readonly intake: IntakeQuota | null;
}

/** The tenants' settings. */
export interface Tenants {
  readonly get: (tenantId: string) => Promise<Tenant>;
  /** It holds in every process within 5 s. */
  readonly setIntake: (tenantId: string, intake: IntakeQuota | null) => Promise<Tenant>;
  /** Those for whom something is set. */
  readonly list: () => Promise<readonly Tenant[]>;
}

/** In one slot with the buckets, so that one script reads both. */
export const tenantsKey = 'posthorn:{access}:tenants';

/** Throws when Redis is away. */
export function createTenants({ redis }: { readonly redis: Redis }): Tenants {
  async function read(tenantId: string): Promise<z.infer<typeof recordSchema>> {
    return recordSchema.parse(JSON.parse((await redis.hget(tenantsKey, tenantId)) ?? '{}'));
  }

  return {
    get: async (tenantId) => ({ tenantId, intake: (await read(tenantId)).intake }),
    setIntake: async (tenantId, intake) => {
      await redis.hset(tenantsKey, tenantId, JSON.stringify({ ...(await read(tenantId)), intake }));
      return { tenantId, intake };
    },
    list: async () =>
      Object.entries(await redis.hgetall(tenantsKey))
        .map(([tenantId, text]) => ({ tenantId, intake: recordSchema.parse(JSON.parse(text)).intake }))
        .toSorted((one, other) => one.tenantId.localeCompare(other.tenantId)),
  };
}
