import type { AuditRow } from '@posthorn/channel-admin';
import { html, type Part } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';
import { sayTime } from './say-time.ts';
import { table, when } from './table.ts';

const columns = [when('When (UTC)'), 'Who', 'What', 'Result'];

/** A page of changes: what people and machines did, here, through the API and with the command. `next`: where older ones begin. */
export function auditPage({
  entries,
  next,
  operator,
}: {
  readonly entries: readonly AuditRow[];
  readonly next: string | null;
  readonly operator: Operator;
}): string {
  return page({
    title: 'changes',
    operator,
    body: html`<h2>Changes, the newest first</h2>
      ${table(columns, entries.map(row), 'Nothing yet.')}
      ${next === null ? '' : html`<p><a href="/audit?before=${encodeURIComponent(next)}">Older ones</a></p>`}`,
  });
}

function row({ atMs, by, action, channelId, changed, result }: AuditRow): readonly Part[] {
  return [
    sayTime(atMs),
    by,
    [action, channelId ?? '', changed.length === 0 ? '' : `(${changed.join(', ')})`].filter(Boolean).join(' '),
    /^(?:refused|failed) [(]/u.test(result) ? html`<strong>${result}</strong>` : result,
  ];
}
