/** Exceptions and rejections that nobody waited for, while a test file ran. */
export interface Strays {
  /** Those that are still nobody's. */
  readonly left: () => Promise<readonly Error[]>;
  readonly stop: () => void;
}

/** Catches them, so that they fail the file instead of ending the run. */
export function catchStrays(from: NodeJS.EventEmitter): Strays {
  const open = new Map<unknown, Error>();
  const thrown = (error: unknown): void => void open.set({}, toError(error));
  const rejected = (reason: unknown, promise: unknown): void => void open.set(promise, toError(reason));
  const handled = (promise: unknown): void => void open.delete(promise);
  from.on('uncaughtException', thrown).on('unhandledRejection', rejected).on('rejectionHandled', handled);
  return {
    left: async () => {
      // Node tells of a rejection after the tasks that were under way with it.
      await new Promise((resolve) => setImmediate(resolve));
      return [...open.values()];
    },
    stop: () => {
      from.off('uncaughtException', thrown).off('unhandledRejection', rejected).off('rejectionHandled', handled);
    },
  };
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`thrown: ${String(thrown)}`);
}
