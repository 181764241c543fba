import type { FileRules, MediaCalls } from '@posthorn/provider';
import { whatsappFiles } from '@posthorn/whatsapp-format';

const bytesMax = 16 * 1024 * 1024;

/** What Twilio takes for WhatsApp: 16 MB in all, images 5 MB. Source: Twilio, WhatsApp media messages, read 2026-11. */
export const files: FileRules = {
  image: { types: ['image/jpeg', 'image/png', 'image/webp'], bytesMax: 5 * 1024 * 1024 },
  video: { types: ['video/mp4'], bytesMax },
  audio: { types: ['audio/ogg', 'audio/amr', 'audio/3gpp', 'audio/aac', 'audio/mpeg'], bytesMax },
  document: { types: [...whatsappFiles.document.types, 'text/vcard'], bytesMax },
  sticker: { types: ['image/webp'], bytesMax: 5 * 1024 * 1024 },
};

/**
 * Files that people sent lie at Twilio's API, behind its credentials, and from there are redirected to a storage host, which
 * gets none. There is no upload: what is sent is fetched from its address.
 */
export function toMediaCalls({
  baseUrl,
  authorization,
}: {
  readonly baseUrl: string;
  readonly authorization: string;
}): MediaCalls {
  const { origin } = new URL(baseUrl);
  return {
    upload: null,
    lookUp: null,
    download: ({ url }) => {
      const target = url === null ? null : URL.parse(url);
      if (target === null || url === null) return null;
      const isTwilios = target.protocol === 'https:' && target.hostname.endsWith('.twilio.com');
      return isTwilios || target.origin === origin ? { url, headers: { authorization } } : null;
    },
  };
}
