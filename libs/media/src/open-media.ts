import { resolve } from 'node:path';
import { createSecureRandom, systemClock, type Clock, type Own, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { monotonicFactory } from 'ulid';
import type { BlobStore } from './blob-store.ts';
import { openBuckets, type Buckets } from './buckets.ts';
import { createDiskStore } from './create-disk-store.ts';
import { createMedia, type Media } from './create-media.ts';
import { createMediaRecords } from './media-records.ts';
import type { MediaConfig } from './media-variables.ts';
import { createSignedLinks, type SignedLinks } from './signed-links.ts';

/** Files, their links, and buckets, as an app is configured. */
export interface OpenedMedia {
  readonly media: Media;
  readonly links: SignedLinks;
  readonly buckets: Buckets;
}

/** Opens the store: the folder, or the bucket where one is configured. Its library is loaded only then. */
export async function openMedia(
  own: Own,
  config: MediaConfig,
  {
    redis,
    sealer,
    clock = systemClock,
  }: { readonly redis: RedisClient; readonly sealer: Sealer; readonly clock?: Clock },
): Promise<OpenedMedia> {
  const blobs = own(await openBlobs(config), async (open) => await open.close(), 'files');
  const nextUlid = monotonicFactory(createSecureRandom());
  const records = createMediaRecords({ redis, sealer, bytesMax: config.POSTHORN_MEDIA_BYTES_MAX });
  return {
    media: createMedia({
      blobs,
      records,
      clock,
      newUlid: () => nextUlid(clock.now()),
      retentionMs: config.POSTHORN_MEDIA_RETENTION_MS,
    }),
    links: createSignedLinks({ sealer, clock }),
    buckets: await openBuckets(config.POSTHORN_BUCKETS, clock),
  };
}

async function openBlobs(config: MediaConfig): Promise<BlobStore> {
  const bucket = config.POSTHORN_MEDIA_S3_BUCKET;
  if (bucket === undefined) return createDiskStore(resolve(config.POSTHORN_MEDIA_DIR));
  const { createS3Store } = await import('./create-s3-store.ts');
  return createS3Store({
    bucket,
    prefix: config.POSTHORN_MEDIA_S3_PREFIX,
    region: config.POSTHORN_MEDIA_S3_REGION,
    endpoint: config.POSTHORN_MEDIA_S3_ENDPOINT,
    accessKeyId: config.POSTHORN_MEDIA_S3_ACCESS_KEY_ID,
    secretAccessKey: config.POSTHORN_MEDIA_S3_SECRET_ACCESS_KEY,
  });
}
