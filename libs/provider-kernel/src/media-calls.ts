import type { MediaCalls } from '@posthorn/provider';

/**
 * Files that people sent, by their id under `<mediaPath>/<id>`, as the On-Premises API has it. Whether and where Kernel offers that is
 * not confirmed: without the setting there is none. Sending goes by address.
 */
export function toMediaCalls({
  apiUrl,
  mediaPath,
}: {
  readonly apiUrl: string;
  readonly mediaPath: string;
}): MediaCalls {
  return {
    upload: null,
    lookUp: null,
    download: ({ id }, token) => ({
      url: `${apiUrl}${mediaPath}/${encodeURIComponent(id)}`,
      headers: { authorization: `Bearer ${token ?? ''}` },
    }),
  };
}
