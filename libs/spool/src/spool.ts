/** An entry as it comes back. */
export interface SpoolEntry {
  /** What was given to `append`; null: the key that sealed it is not on the ring, or its bytes were altered. */
  readonly payload: Buffer | null;
  /** When it was spooled, in ms since 1970. */
  readonly atMs: number;
}

/** The oldest entries, to be struck off one after the other. */
export interface SpoolBatch {
  readonly entries: readonly SpoolEntry[];
  /** Strikes off the first `count` of them: they are somewhere safe now. */
  readonly strike: (count: number) => Promise<void>;
  /** Puts the first one into a file of its own under `set-aside/`, and strikes it off here. */
  readonly setAside: () => Promise<void>;
}

/** How full it is. */
export interface SpoolState {
  /** On disk, with what was set aside. */
  readonly bytes: number;
  readonly bytesMax: number;
  /** Waiting to be replayed. */
  readonly entries: number;
  /** How long the oldest of them waits; null: there is none. */
  readonly oldestAgeMs: number | null;
}

/**
 * A queue on local disk that survives the process. Entries leave in the order they came, those of a dead process first; one may
 * come twice if a process dies between delivering it and striking it off.
 */
export interface Spool {
  /** `kept`: on disk (fsync), also after a crash of the machine. `full`: no room. Throws when the disk fails. */
  readonly append: (payload: Uint8Array) => Promise<'kept' | 'full'>;
  /** The oldest entries, at most so many. Null: there are none. For one consumer: the next batch after this one is struck off. */
  readonly oldest: (most: number) => Promise<SpoolBatch | null>;
  /** Takes over what dead processes left on this volume. Returns how many entries that were. */
  readonly adopt: () => Promise<number>;
  readonly state: () => SpoolState;
  /** Takes away what was set aside and is unwanted, as far as it can be read. Returns how many entries. */
  readonly clearSetAside: (isUnwanted: (payload: Buffer) => boolean) => Promise<number>;
  /** Leaves what waits on disk, for whoever comes next. */
  readonly close: () => Promise<void>;
}
