/** A frame on its way to the disk. */
export interface Arrival {
  readonly bytes: Buffer;
  readonly atMs: number;
}

/** Frames that wait for the disk: those that come while it is busy are written together, and share one fsync. */
export interface Arrivals {
  /** Returns once it is on disk; throws when that failed. */
  readonly add: (arrival: Arrival) => Promise<void>;
  /** What waits, with what is being written. */
  readonly state: () => { readonly entries: number; readonly bytes: number };
  /** Resolves once nothing waits. */
  readonly written: () => Promise<void>;
}

/** Hands what comes to `write`, in batches, in the order it came. */
export function createArrivals(write: (batch: readonly Arrival[]) => Promise<void>): Arrivals {
  let queue: (Arrival & { readonly settle: (error: unknown) => void })[] = [];
  let [entries, bytes] = [0, 0];
  let writing: Promise<void> | null = null;

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      const error = await write(batch).then(
        () => null,
        (fault: unknown) => fault,
      );
      for (const arrival of batch) {
        bytes -= arrival.bytes.byteLength;
        entries -= 1;
        arrival.settle(error);
      }
    }
    writing = null;
  }

  return {
    add: async (arrival) => {
      bytes += arrival.bytes.byteLength;
      entries += 1;
      await new Promise<void>((resolve, reject) => {
        const settle = (error: unknown) =>
          error === null ? resolve() : reject(new Error('the spool could not be written', { cause: error }));
        queue.push({ ...arrival, settle });
        writing ??= writeAll();
      });
    },
    state: () => ({ entries, bytes }),
    written: async () => {
      await writing;
    },
  };
}
