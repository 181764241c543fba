import { createHash } from 'node:crypto';
import type { Clock, Random } from '@posthorn/runtime';

export type MediaKind = 'audio' | 'image' | 'video' | 'sticker' | 'document';

const MB = 1024 * 1024;
const office = 'application/vnd.openxmlformats-officedocument';

/** Types by kind and their size, as Meta's media page lists them. */
const kinds: Readonly<Record<MediaKind, { readonly types: readonly string[]; readonly bytesMax: number }>> = {
  audio: { types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], bytesMax: 16 * MB },
  image: { types: ['image/jpeg', 'image/png'], bytesMax: 5 * MB },
  video: { types: ['video/mp4', 'video/3gpp'], bytesMax: 16 * MB },
  // Of one that moves.
  sticker: { types: ['image/webp'], bytesMax: 500 * 1024 },
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
    bytesMax: 100 * MB,
  },
};

const stillStickerBytesMax = 100 * 1024;
export const uploadBytesMax = 100 * MB;
export const supportedTypes: readonly string[] = Object.values(kinds).flatMap(({ types }) => types);

/** The kind a MIME type is sent as; parameters such as `; codecs=opus` do not count. */
export function kindOf(mimeType: string): MediaKind | null {
  const plain = bareType(mimeType);
  if (kinds.audio.types.includes(plain)) return 'audio';
  if (kinds.image.types.includes(plain)) return 'image';
  if (kinds.video.types.includes(plain)) return 'video';
  if (kinds.sticker.types.includes(plain)) return 'sticker';
  return kinds.document.types.includes(plain) ? 'document' : null;
}

/** How large a file of that kind may be; of a sticker it depends on whether it moves. */
export function bytesMaxOf(kind: MediaKind, file: Buffer): number {
  return kind === 'sticker' && !moves(file) ? stillStickerBytesMax : kinds[kind].bytesMax;
}

/** A WebP moves where it begins with a chunk VP8X that has the flag of animation. Source: RFC 9649, section 2.7 (read 2026-11). */
function moves(file: Buffer): boolean {
  const isExtended = file.length > 20 && file.toString('latin1', 8, 16) === 'WEBPVP8X';
  return isExtended && (file.readUInt8(20) & 0b10) !== 0;
}

function bareType(mimeType: string): string {
  return (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

export type StoredMedia = {
  readonly id: string;
  readonly phoneNumberId: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
  readonly sha256: Buffer;
  readonly expiresMs: number;
};

export type MediaStore = {
  readonly add: (phoneNumberId: string, mimeType: string, bytes: Buffer, lifeMs: number) => StoredMedia;
  readonly get: (id: string) => StoredMedia | null;
  readonly remove: (id: string) => boolean;
  /** A ticket for a download URL, good for five minutes. */
  readonly ticket: (id: string) => string;
  readonly byTicket: (id: string, ticket: string) => StoredMedia | null;
  readonly clear: () => void;
};

export const uploadLifeMs = 30 * 24 * 3_600_000;
export const inboundLifeMs = 7 * 24 * 3_600_000;
const TICKET_LIFE_MS = 5 * 60_000;

/** Files in memory; past `bytesMax` over all the oldest go first, so that a long run cannot eat the machine. */
export function createMediaStore(clock: Clock, random: Random, bytesMax = 512 * MB): MediaStore {
  const files = new Map<string, StoredMedia>();
  const tickets = new Map<string, { readonly id: string; readonly untilMs: number }>();
  let total = 0;
  let lastId = 1_000_000_000_000_000 + Math.floor(random() * 1e12) * 100;

  function remove(id: string): boolean {
    total -= files.get(id)?.bytes.length ?? 0;
    return files.delete(id);
  }

  function get(id: string): StoredMedia | null {
    const file = files.get(id);
    return file === undefined || file.expiresMs <= clock.now() ? null : file;
  }

  return {
    add(phoneNumberId, mimeType, bytes, lifeMs) {
      const sha256 = createHash('sha256').update(bytes).digest();
      const file = { id: String(++lastId), phoneNumberId, mimeType, bytes, sha256, expiresMs: clock.now() + lifeMs };
      files.set(file.id, file);
      total += bytes.length;
      for (const id of files.keys()) {
        if (total <= bytesMax || id === file.id) break;
        remove(id);
      }
      return file;
    },
    get,
    remove,
    ticket(id) {
      const nowMs = clock.now();
      for (const [old, { untilMs }] of tickets) {
        if (untilMs > nowMs) break;
        tickets.delete(old);
      }
      const ticket = Math.floor(random() * 2 ** 48).toString(36) + nowMs.toString(36);
      tickets.set(ticket, { id, untilMs: nowMs + TICKET_LIFE_MS });
      return ticket;
    },
    byTicket(id, ticket) {
      const found = tickets.get(ticket);
      return found === undefined || found.id !== id || found.untilMs <= clock.now() ? null : get(id);
    },
    clear() {
      files.clear();
      tickets.clear();
      total = 0;
    },
  };
}
