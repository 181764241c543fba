import type { Log } from './create-log.ts';

/** Settings of `runApp`. */
export interface RunAppOptions {
  /** How long a stop may take: longer than the longest thing under way. */
  readonly stopGraceMs: number;
  readonly log: Log;
  /** False where several apps share a process: then its owner handles signals and the exit code. Default: true. */
  readonly handleSignals?: boolean;
}

/** Registers what must be closed and hands it back. The label names it in messages. */
export type Own = <Resource>(resource: Resource, close: (resource: Resource) => unknown, label?: string) => Resource;

/** An app that is starting or running. */
export interface RunningApp {
  /** Settles when the start is over; rejects with its failure, after everything opened so far has been closed. */
  readonly started: Promise<void>;
  /** Closes everything; further calls await the same stop. Rejects when the stop hangs or a close fails. */
  readonly stop: () => Promise<void>;
  /** The exit code, once stopped: 0, or 1 if start or stop failed. */
  readonly done: Promise<number>;
}

/** For a start that only needs a moment more, when a stop comes. */
const startMs = 2_000;
const tellAfterMs = 1_000;

interface Owned {
  readonly label: string;
  readonly close: () => Promise<void>;
}

/**
 * Owns start and stop of an app: what was opened last is closed first, a start that fails half-way is undone, and a stop that
 * hangs past the grace period ends in a visible failure that names what hangs. A stop in the middle of a start closes what is open, and
 * so ends a start that waits for it. With signals handled, SIGTERM and SIGINT
 * stop the app, a second one leaves at once (130), and the process exits with `done`.
 */
export function runApp(name: string, options: RunAppOptions, start: (own: Own) => Promise<void> | void): RunningApp {
  const { stopGraceMs, log, handleSignals = true } = options;
  const owned: Owned[] = [];
  const done = Promise.withResolvers<number>();
  let failed = false;
  let stopping: Promise<void> | undefined;
  let signals = 0;

  const own: Own = (resource, close, label) => {
    owned.push({ label: label ?? nameOf(resource), close: async () => void (await close(resource)) });
    return resource;
  };

  async function closeAll(deadline: number): Promise<void> {
    const faults: unknown[] = [];
    for (let next = owned.pop(); next !== undefined; next = owned.pop()) {
      const { label } = next;
      const telling = setTimeout(() => log.info(`${name} still waits for ${label}`), tellAfterMs);
      const fault = await closeOne(next, deadline - performance.now(), stopGraceMs);
      clearTimeout(telling);
      if (fault === null) continue;
      faults.push(fault);
      log.error({ err: fault, resource: label }, `${name}: ${fault.message}`);
    }
    if (faults.length > 0) throw new AggregateError(faults, `${name} did not stop cleanly`);
  }

  async function stop(): Promise<void> {
    stopping ??= (async () => {
      const deadline = performance.now() + stopGraceMs;
      const starting = started.catch(() => {});
      // What is still starting registers more to close: let it finish. Where it waits for a Redis that is away, it ends with its connection.
      if ((await within(starting, Math.min(startMs, stopGraceMs))) === 'late') {
        await closeAll(deadline);
        await within(starting, deadline - performance.now());
      }
      await closeAll(deadline);
      log.info(`${name} has stopped`);
    })().then(
      () => finish(failed ? 1 : 0),
      (error: unknown) => {
        finish(1);
        throw error;
      },
    );
    await stopping;
  }

  function finish(code: number): void {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    done.resolve(code);
    if (!handleSignals) return;
    process.exitCode = code;
    // What hangs keeps the process alive; a clean stop must not have to exit by force.
    if (code !== 0) setTimeout(() => process.exit(code), 100).unref();
  }

  function onSignal(signal: NodeJS.Signals): void {
    signals += 1;
    if (signals > 1) process.exit(130);
    const waitsFor =
      owned
        .map(({ label }) => label)
        .toReversed()
        .join(', ') || 'nothing';
    log.info(
      `${name} got ${signal}: stopping within ${stopGraceMs} ms, waiting for ${waitsFor}; once more to leave at once`,
    );
    // The failure has been logged and is in the exit code.
    stop().catch(() => {});
  }

  if (handleSignals) process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const started = (async () => {
    try {
      await start(own);
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      if (stopping !== undefined) {
        log.info(`${name} was stopped before it had started (${says})`);
        throw error;
      }
      failed = true;
      log.error({ err: error }, `${name} could not start: ${says}`);
      await closeAll(performance.now() + stopGraceMs).catch(() => {});
      if (stopping === undefined) {
        stopping = Promise.resolve();
        finish(1);
      }
      throw error;
    }
  })();
  // Whoever awaits `started` sees the failure; without a waiter it is in the log and in `done`.
  started.catch(() => {});
  return { started, stop, done: done.promise };
}

/** Null when it closed in time, else what to tell. */
async function closeOne({ label, close }: Owned, leftMs: number, graceMs: number): Promise<Error | null> {
  const closing = close().then(
    () => null,
    (error: unknown) => new Error(`closing ${label} failed`, { cause: error }),
  );
  const result = await within(closing, Math.max(leftMs, 0));
  return result === 'late' ? new Error(`${label} hangs: not closed within the ${graceMs} ms a stop may take`) : result;
}

async function within<Result>(work: Promise<Result>, ms: number): Promise<Result | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function nameOf(resource: unknown): string {
  return typeof resource === 'object' && resource !== null ? resource.constructor.name : String(resource);
}
