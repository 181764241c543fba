import type { Readable } from 'node:stream';

/** Bytes from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What `clean` takes away. Times in milliseconds since 1970. */
export interface Cleaning {
  /** Halves of writes that died, if they are older. */
  readonly halvesBeforeMs: number;
  /** Files that nobody knows, if they are older. */
  readonly filesBeforeMs: number;
  readonly isKnown: (name: string) => Promise<boolean>;
}

/** Where the bytes of files lie. Names are ours (`med_<ulid>`), never a caller's. */
export interface BlobStore {
  /** Whole and durable once it resolves. Throws what the content or the place throws; nothing is left then. */
  readonly write: (name: string, content: Readable) => Promise<void>;
  /** Null if it is not there. */
  readonly read: (name: string, range?: ByteRange) => Promise<Readable | null>;
  /** Done also where nothing was. */
  readonly remove: (name: string) => Promise<void>;
  /** Takes away what crashes left. Returns how much. */
  readonly clean: (cleaning: Cleaning) => Promise<number>;
  readonly close: () => Promise<void>;
}

const namePattern = /^med_[0-9A-HJKMNP-TV-Z]{26}$/u;

/** Whether a name is one of ours: whatever else lies in a folder or bucket is not touched. */
export function isBlobName(name: string): boolean {
  return namePattern.test(name);
}

/** For whoever makes a path or key of a name. */
export function requireBlobName(name: string): string {
  if (!isBlobName(name)) throw new Error('expected the name of a file as the store gives them: med_<26 characters>');
  return name;
}
