import { createLog, runApp, type Own } from '@posthorn/runtime';
import { reachable } from './reachable.ts';

/** An app among others of one process. */
export interface SideApp {
  readonly app: string;
  /** How long its stop may take. */
  readonly stopGraceMs: number;
  readonly start: (give: Own) => Promise<{ readonly url: string }>;
}

/**
 * Starts apps that do not need each other, and stops them side by side, each as it does in a process of its own: what is under way may take as long as
 * a stop may, and without Redis each of them waits a while whether it comes back. Returns their addresses by app.
 */
export async function startSideBySide(
  own: Own,
  track: ((app: string, give: Own) => Own) | undefined,
  apps: readonly SideApp[],
): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  // What goes wrong is told by whoever owns them.
  const quiet = createLog({ app: 'up', level: 'silent' });
  const running = apps.map(({ app, stopGraceMs, start }) =>
    runApp(app, { stopGraceMs, log: quiet, handleSignals: false }, async (give) => {
      const { url } = await start(track?.(app, give) ?? give);
      urls.set(app, reachable(url));
    }),
  );
  own(
    running,
    async (all) => {
      const stops = await Promise.allSettled(all.map(async ({ stop }) => await stop()));
      const faults = stops.flatMap((each): readonly unknown[] => (each.status === 'rejected' ? [each.reason] : []));
      if (faults.length > 0) throw new AggregateError(faults, 'not all of them stopped cleanly');
    },
    'apps',
  );
  await Promise.all(running.map(async ({ started }) => await started));
  return urls;
}
