import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import { isBlobName, requireBlobName, type BlobStore } from './blob-store.ts';
import { toS3Options, type S3Place } from './s3-place.ts';

/** Where the store keeps its files in S3-compatible storage. */
export interface S3StorePlace extends S3Place {
  readonly bucket: string;
  /** Before every name: `posthorn/`. */
  readonly prefix: string;
}

/** Objects in a bucket. A large file goes up in parts and is there when the last one is, so what has its name is whole. */
export function createS3Store(place: S3StorePlace): BlobStore {
  const { bucket: Bucket, prefix } = place;
  const client = new S3Client(toS3Options(place));
  const keyOf = (name: string): string => `${prefix}${requireBlobName(name)}`;
  return {
    write: async (name, content) => {
      // The library reads the content: without a listener, its error would end the process when it fails before that.
      content.on('error', () => {});
      const upload = new Upload({ client, params: { Bucket, Key: keyOf(name), Body: content }, queueSize: 2 });
      await upload.done();
    },
    read: async (name, range) => {
      const Range = range === undefined ? undefined : `bytes=${range.start}-${range.end}`;
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(name), Range }));
        return Body instanceof Readable ? Body : null;
      } catch (error) {
        if (error instanceof NoSuchKey) return null;
        throw error;
      }
    },
    remove: async (name) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(name) }));
    },
    clean: async ({ halvesBeforeMs, filesBeforeMs, isKnown }) => {
      let removed = 0;
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
        for (const { Key = '', LastModified } of Contents) {
          const name = Key.slice(prefix.length);
          if (!isBlobName(name) || LastModified === undefined || LastModified.getTime() >= filesBeforeMs) continue;
          if (await isKnown(name)) continue;
          await client.send(new DeleteObjectCommand({ Bucket, Key }));
          removed += 1;
        }
      }
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix }));
      for (const { Key = '', UploadId, Initiated } of Uploads) {
        const isOurs = isBlobName(Key.slice(prefix.length));
        if (!isOurs || Initiated === undefined || Initiated.getTime() >= halvesBeforeMs) continue;
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        removed += 1;
      }
      return removed;
    },
    close: async () => {
      client.destroy();
      await Promise.resolve();
    },
  };
}
