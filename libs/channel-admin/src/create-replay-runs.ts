import type { ProviderId } from '@posthorn/message';
import type { Clock, RedisClient } from '@posthorn/runtime';
import type { Audit } from './create-audit.ts';
import { createLetterAdmin, type LetterAdminDeps, type LetterQuery } from './create-letter-admin.ts';
import { createReplayRunStore } from './replay-run-store.ts';
import { isOver, type ReplayRun, type ReplayRunView } from './replay-run.ts';

export interface ReplayRunsDeps extends LetterAdminDeps {
  readonly redis: RedisClient;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly audit: Pick<Audit, 'record'>;
}

/** What a run is to do. */
export interface RunPlan {
  readonly filter: LetterQuery;
  /** Messages per second, 1 to 1,000. */
  readonly perSecond: number;
  /** So many first; the rest only if none of them fails again for the same reason. */
  readonly canary: number | null;
  /** How long the canaries are watched, unless all are delivered before. */
  readonly canaryWaitMs: number;
  readonly by: string;
  readonly why?: string | undefined;
}

/** Replays of many letters: records in Redis, which a scheduler executes; whoever starts one may go away. */
export interface ReplayRuns {
  /** Null: no letter fits. */
  readonly start: (plan: RunPlan) => Promise<ReplayRunView | null>;
  readonly get: (id: string) => Promise<ReplayRunView | null>;
  /** Newest first. */
  readonly list: () => Promise<readonly ReplayRunView[]>;
  /** What is replayed stays so; nothing more is, within a second. */
  readonly abort: (
    id: string,
    action: { readonly by: string; readonly why?: string | undefined },
  ) => Promise<'aborting' | 'over' | 'unknown'>;
}

/** Starts, shows and ends runs. `createRunExecutor` executes them. */
export function createReplayRuns(deps: ReplayRunsDeps): ReplayRuns {
  const { redis, clock, audit } = deps;
  const store = createReplayRunStore(redis);
  const letters = createLetterAdmin(deps);
  return {
    get: store.read,
    list: store.list,
    start: async ({ filter, perSecond, canary, canaryWaitMs, by, why = '' }) => {
      const now = clock.now();
      const to = Math.min(now, filter.to ?? now);
      const { total } = await letters.count({ ...filter, to });
      if (total === 0) return null;
      const run: ReplayRun = {
        v: 1,
        id: `run_${deps.newId()}`,
        filter: { ...filter, to },
        perSecond,
        canary,
        canaryWaitMs,
        by,
        why,
        startedAt: now,
        total,
        stage: canary === null ? 'running' : 'canary',
        provider: 0,
        cursor: null,
        watched: [],
        watchUntil: null,
        tickedAt: now,
        endedAt: null,
        says: null,
      };
      await tellRun(audit, run, 'start', by, `${total} letters${why === '' ? '' : `: ${why}`}`);
      await store.create(run);
      return { ...run, replayed: 0, refused: {}, aborting: false };
    },
    abort: async (id, { by, why = '' }) => {
      const run = await store.read(id);
      if (run === null) return 'unknown';
      if (isOver(run)) return 'over';
      await store.abort(id, { by, why });
      await tellRun(audit, run, 'abort', by, `${run.replayed} of ${run.total} replayed${why === '' ? '' : `: ${why}`}`);
      return 'aborting';
    },
  };
}

/** Every start, abort and end is in the audit. */
export async function tellRun(
  audit: Pick<Audit, 'record'>,
  { id, filter }: Pick<ReplayRun, 'id' | 'filter'>,
  what: 'start' | 'abort' | 'end',
  by: string,
  result: string,
): Promise<void> {
  const about: readonly (string | ProviderId | undefined)[] = [filter.provider, filter.code, filter.providerCode];
  await audit.record({
    by,
    action: `replay_run.${what}`,
    tenantId: '*',
    channelId: filter.channelId ?? null,
    changed: [id, ...about.filter((each) => each !== undefined)],
    result,
  });
}
