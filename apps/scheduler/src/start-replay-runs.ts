import { randomUUID } from 'node:crypto';
import { createAudit, createRunExecutor, type RunExecutorDeps } from '@posthorn/channel-admin';
import { providers } from '@posthorn/providers';
import type { Own } from '@posthorn/runtime';
import { every, systemClock } from '@posthorn/runtime';

/** Often enough for an even flow; a tick without runs is one look at Redis. */
const tickMs = 250;

/** Executes replay runs that people started with the command or in ops, a bounded step each tick. */
export function startReplayRuns(
  own: Own,
  deps: Pick<RunExecutorDeps, 'redis' | 'ledger' | 'deadLetters' | 'log'>,
): void {
  const { redis, log } = deps;
  const tick = createRunExecutor({
    ...deps,
    providers: providers.map(({ id }) => id),
    audit: createAudit({ redis }),
    clock: systemClock,
    holder: randomUUID(),
  });
  const stop = new AbortController();
  own(
    every(tickMs, async () => await tick(stop.signal), { log, name: 'replay-runs' }),
    async (open) => {
      stop.abort();
      await open.close();
    },
    'replay runs',
  );
}
