import type { FileRules } from '@posthorn/provider';

const megabyte = 1024 * 1024;
const office = 'application/vnd.openxmlformats-officedocument';

/** What WhatsApp takes. Source: developers.facebook.com/docs/whatsapp/cloud-api/reference/media, read 2026-11. */
export const whatsappFiles = {
  image: { types: ['image/jpeg', 'image/png'], bytesMax: 5 * megabyte },
  video: { types: ['video/mp4', 'video/3gpp'], bytesMax: 16 * megabyte },
  audio: { types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], bytesMax: 16 * megabyte },
  document: {
    types: [
      'text/plain',
      'application/pdf',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      `${office}.wordprocessingml.document`,
      `${office}.spreadsheetml.sheet`,
      `${office}.presentationml.presentation`,
    ],
    bytesMax: 100 * megabyte,
  },
  // An animated one, or one that does not move.
  sticker: { types: ['image/webp'], bytesMax: 500 * 1024, stillBytesMax: 100 * 1024 },
} as const satisfies FileRules;
