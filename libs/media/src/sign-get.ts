import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { toS3Options, type S3Place } from './s3-place.ts';

const lifeMaxSeconds = 7 * 86_400;

/** The address of an object, signed for that long; null: without a signature. */
export async function signGet(
  place: S3Place,
  { bucket: Bucket, key: Key }: { readonly bucket: string; readonly key: string },
  lifeMs: number | null,
): Promise<string> {
  const client = new S3Client(toS3Options(place));
  try {
    const expiresIn = Math.min(lifeMaxSeconds, Math.ceil((lifeMs ?? lifeMaxSeconds * 1000) / 1000));
    const signed = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn });
    return lifeMs === null ? signed.slice(0, signed.indexOf('?')) : signed;
  } finally {
    client.destroy();
  }
}
