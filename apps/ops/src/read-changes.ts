import type { Audit } from '@posthorn/channel-admin';
import type { AuditTrail } from './create-audit-trail.ts';

/** A line on the page of changes. */
export interface ShownChange {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly result: string;
  readonly isDone: boolean;
}

/** What people did here, and what was changed through the API and the command, the newest first. */
export async function readChanges(
  { audit, changes }: { readonly audit: AuditTrail; readonly changes: Pick<Audit, 'list'> },
  most: number,
): Promise<readonly ShownChange[]> {
  const [here, elsewhere] = await Promise.all([audit.newest(most), changes.list({ limit: most })]);
  const shown = [
    ...here.map(({ atMs, who, what, status }) => ({ atMs, who, what, result: wordOf(status), isDone: status < 400 })),
    // What was done here is in our own trail.
    ...elsewhere
      .filter(({ by }) => !by.startsWith('ops:'))
      .map(({ atMs, by, action, channelId, changed, result }) => ({
        atMs,
        who: by,
        what: [action, channelId ?? '', changed.length === 0 ? '' : `(${changed.join(', ')})`]
          .filter(Boolean)
          .join(' '),
        result,
        isDone: true,
      })),
  ];
  return shown.toSorted((one, other) => other.atMs - one.atMs).slice(0, most);
}

function wordOf(status: number): string {
  if (status < 400) return 'done';
  return `${status < 500 ? 'refused' : 'failed'} (${status})`;
}
