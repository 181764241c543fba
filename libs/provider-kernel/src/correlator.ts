import { createHash } from 'node:crypto';

export const correlatorHeader = 'x-correlator';

/**
 * The `x-correlator` of a call: a UUID (version 8) made from what the call is about, so that the same message has the same one in
 * every try, and Kernel's support finds all of them by it.
 */
export function correlatorOf(subject: string): string {
  const bytes = createHash('sha256').update(subject).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The correlator as Kernel gave it back, or as we sent it; undefined where it is none (or could be a phone number). */
export function correlatorIn(...headers: (Readonly<Record<string, string>> | undefined)[]): string | undefined {
  return headers
    .map((each) => each?.[correlatorHeader])
    .find((value) => value !== undefined && /^(?=[\w-]{8,64}$)(?=.*-)(?=.*[a-z])[\w-]+$/iu.test(value));
}
