import type { MediaCalls } from '@posthorn/provider';

/**
 * Files that people sent lie at the account's host, behind its credentials; from there they may be redirected to a storage host, which
 * gets none. There is no upload: what is sent is fetched from its address, with HEAD and then GET.
 */
export function toMediaCalls({
  baseUrl,
  sender,
  toAuthorization,
}: {
  readonly baseUrl: string;
  readonly sender: string;
  readonly toAuthorization: (token: string | null) => string;
}): MediaCalls {
  const { origin } = new URL(baseUrl);
  return {
    upload: null,
    lookUp: null,
    download: ({ id, url }, token) => {
      const named =
        url ?? `${baseUrl}/whatsapp/1/senders/${encodeURIComponent(sender)}/media/${encodeURIComponent(id)}`;
      const target = URL.parse(named);
      if (target === null) return null;
      const isInfobips = target.protocol === 'https:' && target.hostname.endsWith('.api.infobip.com');
      const isOurs = isInfobips || target.origin === origin;
      return isOurs ? { url: named, headers: { authorization: toAuthorization(token) } } : null;
    },
  };
}
