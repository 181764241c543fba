import type { AuditRow } from '@posthorn/channel-admin';
import { html } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';

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
      ${entries.length === 0 ? html`<p>Nothing yet.</p>` : ''}
      <table>
        <thead>
          <tr>
            <th scope="col">When (UTC)</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          ${entries.map(
            ({ atMs, by, action, channelId, changed, result }) =>
              html`<tr>
                <td class="when">${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}</td>
                <td>${by}</td>
                <td>
                  ${[action, channelId ?? '', changed.length === 0 ? '' : `(${changed.join(', ')})`].filter(Boolean).join(' ')}
                </td>
                <td>${/^(?:refused|failed) [(]/u.test(result) ? html`<strong>${result}</strong>` : result}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${next === null ? '' : html`<p><a href="/audit?before=${encodeURIComponent(next)}">Older ones</a></p>`}`,
  });
}
