import { readFile } from 'node:fs/promises';
import type { TenantId } from '@posthorn/message';
import { systemClock, type Clock } from '@posthorn/runtime';
import { z } from 'zod';
import { googleAccountSchema, type GoogleAccount } from './google-account.ts';
import type { S3Place } from './s3-place.ts';
import { googleUrl, signGoogleGet } from './sign-google-get.ts';

const tenants = z.array(z.string().min(1)).min(1);
const isPublic = z.boolean().default(false);
const endpoint = z.url({ protocol: /^https?$/u });

const s3Schema = z
  .strictObject({
    tenants,
    region: z.string().min(1).default('us-east-1'),
    endpoint: endpoint.optional(),
    pathStyle: z.boolean().optional(),
    accessKeyId: z.string().min(1).optional(),
    secretAccessKey: z.string().min(1).optional(),
    public: isPublic,
  })
  .refine((bucket) => (bucket.accessKeyId === undefined) === (bucket.secretAccessKey === undefined));

/** Signed with an account's own key, which is written here, or lies in a file (a mounted secret). */
const googleSchema = z
  .strictObject({
    tenants,
    endpoint: endpoint.default('https://storage.googleapis.com').transform((url) => url.replace(/\/+$/u, '')),
    serviceAccount: googleAccountSchema.optional(),
    serviceAccountFile: z.string().min(1).optional(),
    public: isPublic,
  })
  .refine((bucket) => (bucket.serviceAccount === undefined) !== (bucket.serviceAccountFile === undefined));

const bucketSchema = z.union([s3Schema, googleSchema]);

const shape =
  'expected JSON like {"files": {"tenants": ["default"], "endpoint": "https://…", "region": "…", "accessKeyId": "…", "secretAccessKey": "…"}}, or with "serviceAccountFile" for Google';

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

interface Owned {
  readonly tenants: readonly string[];
  readonly public: boolean;
}
type S3Bucket = S3Place & Owned;
type GoogleBucket = Owned & { readonly endpoint: string; readonly serviceAccount: GoogleAccount };
type GoogleBucketToOpen = Omit<GoogleBucket, 'serviceAccount'> & {
  readonly serviceAccount?: GoogleAccount | undefined;
  readonly serviceAccountFile?: string | undefined;
};
type Bucket = S3Bucket | GoogleBucket;

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
 * Reads the keys that lie in files; throws, and names the bucket, where one cannot be used. S3 and what is compatible with it is signed by
 * Amazon's own library; so is Google Cloud Storage with an HMAC key (its interoperability with S3). With the key of a service account it is
 * signed in Google's own way.
 */
export async function openBuckets(
  bucketByName: Readonly<Record<string, S3Bucket | GoogleBucketToOpen>>,
  clock: Clock = systemClock,
): Promise<Buckets> {
  const opened: Record<string, Bucket> = {};
  for (const [name, bucket] of Object.entries(bucketByName)) {
    opened[name] = 'region' in bucket ? bucket : { ...bucket, serviceAccount: await accountOf(name, bucket) };
  }
  return createBuckets(opened, clock);
}

/** Of buckets whose keys are there. */
export function createBuckets(bucketByName: Readonly<Record<string, Bucket>>, clock: Clock = systemClock): Buckets {
  const find = (tenantId: TenantId, name: string): Bucket | null => {
    const bucket = Object.hasOwn(bucketByName, name) ? bucketByName[name] : undefined;
    return bucket?.tenants.includes(tenantId) === true ? bucket : null;
  };
  return {
    has: (tenantId, name) => find(tenantId, name) !== null,
    toUrl: async (tenantId, { bucket: name, key }, lifeMs) => {
      const bucket = find(tenantId, name);
      if (bucket === null) return null;
      if (!('region' in bucket)) {
        const object = { endpoint: bucket.endpoint, bucket: name, key };
        if (bucket.public) return googleUrl(object);
        return signGoogleGet(object, bucket.serviceAccount, { nowMs: clock.now(), lifeMs });
      }
      const { signGet } = await import('./sign-get.ts');
      return await signGet(bucket, { bucket: name, key }, bucket.public ? null : lifeMs);
    },
  };
}

async function accountOf(
  name: string,
  { serviceAccount, serviceAccountFile: file }: GoogleBucketToOpen,
): Promise<GoogleAccount> {
  if (serviceAccount !== undefined) return serviceAccount;
  if (file === undefined) throw new Error(`POSTHORN_BUCKETS: the bucket "${name}" has no key; set serviceAccountFile`);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(
      `POSTHORN_BUCKETS: the key of the bucket "${name}" cannot be read; mount it, or correct serviceAccountFile`,
      {
        cause: error,
      },
    );
  });
  const account = googleAccountSchema.safeParse(jsonOf(text));
  if (account.success) return account.data;
  throw new Error(
    `POSTHORN_BUCKETS: the file of the bucket "${name}" is no key of a service account; expected the JSON that Google gives for one, with client_email and private_key`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
