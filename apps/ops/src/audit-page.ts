import { html } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';
import type { ShownChange } from './read-changes.ts';

/** The page of changes. */
export function auditPage(entries: readonly ShownChange[], operator: Operator): string {
  return page({
    title: 'changes',
    operator,
    body: html`<h2>Changes, the newest first</h2>
      ${entries.length === 0 ? html`<p>Nothing yet.</p>` : ''}
      <table>
        <thead>
          <tr>
            <th>When (UTC)</th>
            <th>Who</th>
            <th>What</th>
            <th>Result</th>
          </tr>
        </thead>
        <tbody>
          ${entries.map(
            ({ atMs, who, what, result, isDone }) =>
              html`<tr>
                <td class="when">${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}</td>
                <td>${who}</td>
                <td>${what}</td>
                <td>${isDone ? result : html`<strong>${result}</strong>`}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
  });
}
