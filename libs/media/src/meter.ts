import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** Why a stream was ended early: it is longer than it may be. */
export class TooLargeError extends Error {
  constructor(bytesMax: number) {
    super(`the file is larger than ${bytesMax} bytes`);
    this.name = 'TooLargeError';
  }
}

/** A stream's first bytes, and the whole of it, counted and hashed on the way. */
export interface Metered {
  readonly head: Buffer;
  readonly content: Readable;
  /** Final once `content` has ended. */
  readonly told: () => { readonly bytes: number; readonly sha256: string };
}

/** Reads the first bytes. Whoever takes the rest gets a `TooLargeError` in the stream where it is too long. */
export async function meter(source: Readable, headMax: number, bytesMax: number): Promise<Metered> {
  const hash = createHash('sha256');
  let bytes = 0;
  const reader = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  const next = async (): Promise<Buffer | null> => {
    const read = await reader.next();
    if (read.done === true) return null;
    const value: unknown = read.value;
    const chunk = Buffer.isBuffer(value) ? value : Buffer.from(String(value));
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new TooLargeError(bytesMax);
    hash.update(chunk);
    return chunk;
  };
  for (let have = 0; have < headMax;) {
    const chunk = await next();
    if (chunk === null) break;
    first.push(chunk);
    have += chunk.byteLength;
  }
  const begun = Buffer.concat(first);
  async function* whole(): AsyncGenerator<Buffer> {
    if (begun.byteLength > 0) yield begun;
    for (let chunk = await next(); chunk !== null; chunk = await next()) yield chunk;
  }
  return {
    head: begun.subarray(0, headMax),
    content: Readable.from(whole(), { objectMode: false }),
    told: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  };
}
