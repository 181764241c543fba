/**
 * Whether an image in WebP moves, by its first bytes; null: it is no WebP. Only the extended form can, and its flags say so.
 * Source: RFC 9649, section 2.7 (read 2026-11).
 */
export function isAnimated(head: Uint8Array): boolean | null {
  const text = Buffer.from(head.subarray(0, 16)).toString('latin1');
  if (!text.startsWith('RIFF') || text.slice(8, 12) !== 'WEBP') return null;
  return text.slice(12, 16) === 'VP8X' && ((head[20] ?? 0) & animationFlag) !== 0;
}

const animationFlag = 0b10;
