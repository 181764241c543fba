import type { TenantId } from '@posthorn/message';
import { z } from 'zod';
import type { S3Place } from './s3-place.ts';

const bucketSchema = z
  .strictObject({
    tenants: z.array(z.string().min(1)).min(1),
    region: z.string().min(1).default('us-east-1'),
    endpoint: z.url({ protocol: /^https?$/u }).optional(),
    pathStyle: z.boolean().optional(),
    accessKeyId: z.string().min(1).optional(),
    secretAccessKey: z.string().min(1).optional(),
    public: z.boolean().default(false),
  })
  .refine((bucket) => (bucket.accessKeyId === undefined) === (bucket.secretAccessKey === undefined));

const shape =
  'expected JSON like {"files": {"tenants": ["default"], "endpoint": "https://…", "region": "…", "accessKeyId": "…", "secretAccessKey": "…"}}';

/** `POSTHORN_BUCKETS`: what messages may name, by name, and which tenants may. No fault shows a key. */
export const bucketsSchema = z
  .string({ error: shape })
  .default('{}')
  .transform((text, context) => {
    const parsed = z.record(z.string().min(1), bucketSchema).safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: shape });
    return z.NEVER;
  });
type Bucket = S3Place & { readonly tenants: readonly string[]; readonly public: boolean };

/** Objects of the owner's own storage that messages name. */
export interface Buckets {
  /** Whether a tenant's messages may name objects of this bucket. */
  readonly has: (tenantId: TenantId, bucket: string) => boolean;
  /**
   * Where anybody can read an object for that long (at most 7 days): of a public bucket its address, of a private one a signed one.
   * No call is made: whether the object is there, whoever reads it finds out. Null: the tenant has no such bucket.
   */
  readonly toUrl: (
    tenantId: TenantId,
    object: { readonly bucket: string; readonly key: string },
    lifeMs: number,
  ) => Promise<string | null>;
}

/**
 * Signature Version 4 in the query, by Amazon's own library: S3 and what is compatible with it. Google Cloud Storage takes the same at
 * `https://storage.googleapis.com` with an HMAC key of a service account (its interoperability with S3).
 */
export function createBuckets(bucketByName: Readonly<Record<string, Bucket>>): Buckets {
  const find = (tenantId: TenantId, name: string): Bucket | null => {
    const bucket = Object.hasOwn(bucketByName, name) ? bucketByName[name] : undefined;
    return bucket?.tenants.includes(tenantId) === true ? bucket : null;
  };
  return {
    has: (tenantId, name) => find(tenantId, name) !== null,
    toUrl: async (tenantId, { bucket: name, key }, lifeMs) => {
      const bucket = find(tenantId, name);
      if (bucket === null) return null;
      const { signGet } = await import('./sign-get.ts');
      return await signGet(bucket, { bucket: name, key }, bucket.public ? null : lifeMs);
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
