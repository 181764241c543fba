import { fileTypeFromBuffer } from 'file-type';

/** How much of a file is looked at to tell its type. */
export const headBytes = 16 * 1024;

/** What a file is, by what was said and what it begins with. */
export type TypeVerdict =
  | { readonly kind: 'is'; readonly contentType: string }
  /** Nothing said, and nothing recognised. */
  | { readonly kind: 'unknown' }
  /** Said to be one thing, and recognised as another. */
  | { readonly kind: 'mismatch'; readonly said: string; readonly found: string };

const zip = 'application/zip';
const cfb = 'application/x-cfb';
const office = 'application/vnd.openxmlformats-officedocument';

/** What else the content of a type may be recognised as: containers that several types share. */
const alsoFoundAs: Readonly<Record<string, readonly string[]>> = {
  'audio/mp4': ['video/mp4', 'audio/x-m4a'],
  'audio/aac': ['audio/x-m4a', 'audio/mp4'],
  'audio/mpeg': ['audio/mp3'],
  'audio/ogg': ['application/ogg', 'audio/opus', 'video/ogg'],
  'video/mp4': ['video/quicktime', 'video/x-m4v'],
  'video/3gpp': ['video/3gpp2', 'video/mp4'],
  'audio/3gpp': ['video/3gpp', 'video/mp4'],
  'application/msword': [cfb],
  'application/vnd.ms-excel': [cfb],
  'application/vnd.ms-powerpoint': [cfb],
  [`${office}.wordprocessingml.document`]: [zip],
  [`${office}.spreadsheetml.sheet`]: [zip],
  [`${office}.presentationml.presentation`]: [zip],
};
/** What is found by content, as the providers call it. */
const commonName: Readonly<Record<string, string>> = {
  'audio/x-m4a': 'audio/mp4',
  'audio/opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
};

/** Judges by the first bytes; text has none of its own and is believed unless it holds zero bytes. `said` is a Content-Type or null. */
export async function judgeType(said: string | null, head: Uint8Array): Promise<TypeVerdict> {
  const wanted = said === null ? null : bareType(said);
  const recognised = await fileTypeFromBuffer(head);
  const found = recognised === undefined ? null : bareType(recognised.mime);
  if (wanted === null || wanted === 'application/octet-stream') {
    return found === null ? { kind: 'unknown' } : { kind: 'is', contentType: commonName[found] ?? found };
  }
  if (wanted.startsWith('text/')) {
    if (found === null && !head.includes(0)) return { kind: 'is', contentType: wanted };
    // Markup is text, whatever it says in its first line.
    if (found === 'application/xml') return { kind: 'is', contentType: wanted };
    return { kind: 'mismatch', said: wanted, found: found ?? 'bytes that are no text' };
  }
  if (found === wanted || (found !== null && alsoFoundAs[wanted]?.includes(found) === true)) {
    return { kind: 'is', contentType: wanted };
  }
  return { kind: 'mismatch', said: wanted, found: found ?? 'bytes of no known kind' };
}

/** A MIME type without its parameters, in lower case. */
export function bareType(type: string): string {
  return (type.split(';', 1)[0] ?? '').trim().toLowerCase();
}
