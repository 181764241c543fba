/**
 * Whether an image in WebP moves, by its first bytes; null: it is no WebP. Only the extended form can, and its flags say so.
 * Source: RFC 9649, section 2.7 (read 2026-11).
 */
export function isAnimated(head: Uint8Array): boolean | null {
  const text = Buffer.from(head.subarray(0, firstChunk.end + 1)).toString('latin1');
  if (!text.startsWith('RIFF') || text.slice(8, firstChunk.start) !== 'WEBP') return null;
  return isAnimatedChunk(text.slice(firstChunk.start)) ?? false;
}

/** By the beginning of its first chunk alone, each byte a character: what a chunk of the extended form needs is all ASCII. */
export function isAnimatedChunk(chunk: string): boolean | null {
  if (!/^VP8[ LX]/u.test(chunk)) return null;
  return chunk.startsWith('VP8X') && (chunk.charCodeAt(firstChunk.end - firstChunk.start) & animationFlag) !== 0;
}

/** Where it lies in a file, up to the flags. */
export const firstChunk = { start: 12, end: 20 } as const;
const animationFlag = 0b10;
