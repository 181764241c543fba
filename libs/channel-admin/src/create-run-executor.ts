import type { Ledger } from '@posthorn/ledger';
import type { ProviderId } from '@posthorn/message';
import type { DeadLetter, DeadLetters } from '@posthorn/queue';
import type { Clock, Log, RedisClient } from '@posthorn/runtime';
import type { Audit } from './create-audit.ts';
import { replayLetter } from './create-letter-admin.ts';
import { tellRun } from './create-replay-runs.ts';
import { createReplayRunStore } from './replay-run-store.ts';
import { isOver, type ReplayRun } from './replay-run.ts';
import { judgeCanaries } from './judge-canaries.ts';

export interface RunExecutorDeps {
  readonly redis: RedisClient;
  readonly ledger: Pick<Ledger, 'replay' | 'get'>;
  readonly deadLetters: Pick<DeadLetters, 'find' | 'remove'>;
  readonly providers: readonly ProviderId[];
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process, for the lock. */
  readonly holder: string;
}

/** Of one run in one tick, so that a stop never waits long. */
const tickMost = 200;
/** After a pause between ticks, a run does not make up for more than this. */
const elapsedMostMs = 1_000;
const lockMs = 15_000;

/**
 * Returns a tick: each run that is not over goes a bounded step further. Its place is in Redis, and a replay is once whoever repeats it,
 * so any scheduler goes on where another one died.
 */
export function createRunExecutor(deps: RunExecutorDeps): (signal: AbortSignal) => Promise<void> {
  const { redis, audit, clock, log, holder } = deps;
  const store = createReplayRunStore(redis);

  async function end(run: ReplayRun, stage: 'finished' | 'stopped' | 'aborted', says: string): Promise<void> {
    await store.save({ ...run, stage, endedAt: clock.now(), says });
    await tellRun(audit, run, 'end', run.by, `${stage}: ${says}`);
    log.info({ runId: run.id, stage, says }, 'a replay run ended');
  }

  /** Replays up to `most` letters from the run's place on. `done`: there are no more. */
  async function advance(
    run: ReplayRun,
    most: number,
    signal: AbortSignal,
  ): Promise<{ run: ReplayRun; done: boolean }> {
    const asked = deps.providers.filter((id) => run.filter.provider === undefined || id === run.filter.provider);
    const provider = asked[run.provider];
    if (provider === undefined) return { run, done: true };
    const page = await deps.deadLetters.find(provider, run.filter, { order: 'oldest', after: run.cursor, limit: most });
    const watched = [...run.watched];
    for (const letter of page.letters) {
      if (signal.aborted) return { run: { ...run, watched }, done: false };
      if (run.stage === 'canary' && watched.every(({ messageId }) => messageId !== letter.messageId)) {
        // Before it is replayed: who goes on after a crash must know which ones went.
        watched.push(toWatched(letter));
        await store.save({ ...run, watched });
      }
      const { result } = await replayLetter(deps, letter, `${run.by} (${run.id})`, async () => {
        await store.count(run.id, 'replayed');
      });
      if (result === 'replayed') continue;
      await store.count(run.id, result);
      if (watched.at(-1)?.messageId === letter.messageId) watched.pop();
    }
    const next = page.next === null ? { provider: run.provider + 1, cursor: null } : { cursor: page.next };
    return { run: { ...run, ...next, watched }, done: false };
  }

  async function step(run: ReplayRun, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const abort = await store.aborted(run.id);
    if (abort !== null) {
      await end(run, 'aborted', `by ${abort.by}${abort.why === '' ? '' : `: ${abort.why}`}`);
      return;
    }
    if (run.stage === 'watching') {
      await watch(run, now);
      return;
    }
    const left = run.stage === 'canary' ? Math.max(1, (run.canary ?? 0) - run.watched.length) : Infinity;
    const elapsedMs = Math.min(elapsedMostMs, now - run.tickedAt);
    const most = Math.min(tickMost, left, Math.floor((run.perSecond * elapsedMs) / 1_000));
    // Slow runs save up for a whole letter.
    if (most < 1) return;
    const tickedAt = now - elapsedMs + Math.round((most * 1_000) / run.perSecond);
    const { run: reached, done } = await advance({ ...run, tickedAt }, most, signal);
    const isWatched = reached.stage === 'canary' && reached.watched.length > 0;
    if (isWatched && (done || reached.watched.length >= (run.canary ?? 0)))
      await store.save({ ...reached, stage: 'watching', watchUntil: clock.now() + run.canaryWaitMs });
    else if (done) await end(reached, 'finished', 'no letter is left');
    else await store.save(reached);
  }

  async function watch(run: ReplayRun, now: number): Promise<void> {
    const verdict = await judgeCanaries(deps.ledger, run.watched, now >= (run.watchUntil ?? 0));
    switch (verdict.kind) {
      case 'wait':
        return;
      case 'go':
        await store.save({ ...run, stage: 'running', tickedAt: now });
        return;
      case 'stop':
        await end(run, 'stopped', verdict.says);
        return;
      default:
        verdict satisfies never;
    }
  }

  return async (signal) => {
    const open = (await store.list()).filter((run) => !isOver(run));
    if (open.length === 0 || !(await store.lock(holder, lockMs))) return;
    try {
      for (const run of open.toReversed()) {
        if (signal.aborted || !(await store.lock(holder, lockMs))) return;
        const { replayed: _replayed, refused: _refused, aborting: _aborting, ...record } = run;
        await step(record, signal);
      }
    } finally {
      await store.unlock(holder);
    }
  };
}

function toWatched({ provider, channelId, messageId, generation, code }: DeadLetter): ReplayRun['watched'][number] {
  return { provider, channelId, messageId, generation: generation + 1, code };
}
