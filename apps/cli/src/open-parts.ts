import type { Own } from '@posthorn/runtime';

/** What a stop may have to wait for; the rest closes in no time. */
const slow = /under way|server|sweep|private Redis/u;

/** What is open, for those who wait for its end. */
export interface OpenParts {
  /** Registers with the owner of an app, and keeps the names of what is open. */
  readonly track: (app: string, give: Own) => Own;
  /** The names of what may take its time, what was opened last first. */
  readonly slow: () => readonly string[];
  /** What is being closed now: apps stop side by side, each of its parts after the other. */
  readonly closing: () => readonly string[];
}

/** `owner` is the name of what all apps run in, whose parts are closed when they have stopped, and go by their own names. */
export function createOpenParts(owner: string): OpenParts {
  const labelsByApp = new Map<string, string[]>();
  const open = () => [...labelsByApp].filter(([, labels]) => labels.length > 0);
  return {
    track: (app, give) => {
      const labels = labelsByApp.get(app) ?? [];
      labelsByApp.set(app, labels);
      return (resource, close, label = 'a part') => {
        labels.push(label);
        return give(
          resource,
          async (closing) => {
            await close(closing);
            labels.splice(labels.lastIndexOf(label), 1);
          },
          label,
        );
      };
    },
    slow: () => [
      ...new Set(
        open()
          .toReversed()
          .flatMap(([, labels]) => labels.filter((label) => slow.test(label)).toReversed()),
      ),
    ],
    closing: () => {
      const last = open().map(([app, labels]) => (app === owner ? (labels.at(-1) ?? '') : `${app} (${labels.at(-1)})`));
      const ofApps = open().flatMap(([app], at) => (app === owner ? [] : (last[at] ?? [])));
      return ofApps.length > 0 ? ofApps : last;
    },
  };
}
