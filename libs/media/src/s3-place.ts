import type { S3ClientConfig } from '@aws-sdk/client-s3';

/** An S3-compatible service, and who we are there. */
export interface S3Place {
  readonly region: string;
  /** Of another service than Amazon's: `https://storage.googleapis.com`, `http://minio:9000`. */
  readonly endpoint?: string | undefined;
  /** The bucket in the path instead of in the host's name. Default: where an endpoint is given. */
  readonly pathStyle?: boolean | undefined;
  /** Without them: as Amazon's tools find them (environment, files, the role of the machine). */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

/** The library's options. Checksums only where the service needs them: Google's and others' do not know Amazon's newer ones. */
export function toS3Options(place: S3Place): S3ClientConfig {
  const { region, endpoint, pathStyle = endpoint !== undefined, accessKeyId, secretAccessKey } = place;
  return {
    region,
    forcePathStyle: pathStyle,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
  };
}
