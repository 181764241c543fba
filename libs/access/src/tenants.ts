import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';

/** At most so many messages in so long; the bucket is full at first, and refills evenly. */
export const intakeQuotaSchema = z.object({
  messages: z.number().int().min(1).max(1_000_000_000),
  /** Milliseconds. */
  perMs: z.number().int().min(1000).max(86_400_000),
});
export type IntakeQuota = z.infer<typeof intakeQuotaSchema>;

/**
 * How long content is kept after it is done with, in ms; 0: not at all. At most 31 days: no record lives longer than that. What it
 * means for each place is in `docs/operations/privacy.md`.
 */
export const contentKeptMsSchema = z
  .number()
  .int()
  .min(0)
  .max(31 * 86_400_000);

const recordSchema = z.looseObject({
  intake: intakeQuotaSchema.nullable().default(null),
  contentKeptMs: contentKeptMsSchema.nullable().default(null),
});

/** What is set for a tenant. A tenant needs no record: without one nothing is limited. */
export interface Tenant {
  readonly tenantId: string;
  /** Null: no limit. */
  readonly intake: IntakeQuota | null;
  /** How long content is kept, in ms; null: the defaults. */
  readonly contentKeptMs: number | null;
}

/** What is to be set; what is left out stays. */
export type TenantChange = Partial<Omit<Tenant, 'tenantId'>>;

/** The tenants' settings. */
export interface Tenants {
  readonly get: (tenantId: string) => Promise<Tenant>;
  /** It holds in every process within 5 s. */
  readonly set: (tenantId: string, change: TenantChange) => Promise<Tenant>;
  /** Those for whom something is set. */
  readonly list: () => Promise<readonly Tenant[]>;
}

/** In one slot with the buckets, so that one script reads both. */
export const tenantsKey = 'posthorn:{access}:tenants';

/** Throws when Redis is away. */
export function createTenants({ redis }: { readonly redis: RedisClient }): Tenants {
  const read = async (tenantId: string) => (await redis.hget(tenantsKey, tenantId)) ?? '{}';
  const toTenant = (tenantId: string, text: string): Tenant => {
    const { intake, contentKeptMs } = recordSchema.parse(JSON.parse(text));
    return { tenantId, intake, contentKeptMs };
  };

  return {
    get: async (tenantId) => toTenant(tenantId, await read(tenantId)),
    set: async (tenantId, change) => {
      const text = JSON.stringify({ ...recordSchema.parse(JSON.parse(await read(tenantId))), ...change });
      await redis.hset(tenantsKey, tenantId, text);
      return toTenant(tenantId, text);
    },
    list: async () =>
      Object.entries(await redis.hgetall(tenantsKey))
        .map(([tenantId, text]) => toTenant(tenantId, text))
        .toSorted((one, other) => one.tenantId.localeCompare(other.tenantId)),
  };
}
