import { html, type Html } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';
import { boardPath } from './register-board.ts';

/** A line on the page of subscribers. Times in milliseconds since 1970. */
export interface SubscriptionLine {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string | null;
  readonly queue: string;
  readonly state: 'active' | 'paused' | 'held' | 'disabled';
  readonly standing: { readonly since: number; readonly reason: string } | null;
  readonly waiting: number;
  readonly retrying: number;
  readonly oldestMs: number;
  readonly failingSince: number | null;
  readonly lastGoodAt: number | null;
}

/** The page of subscribers. Their addresses are not shown: receivers put tokens into addresses. */
export function subscriptionsPage(
  lines: readonly SubscriptionLine[],
  { total, operator }: { readonly total: number; readonly operator: Operator | null },
): string {
  return page({
    title: 'subscribers',
    operator,
    body: html`<h2>Subscribers</h2>
      <p>
        Who is told of events; those that fail longest come first. Their owners resume them and replay what is dead:
        <code>posthorn subscriptions</code>.
      </p>
      ${lines.length === 0 ? html`<p>No subscribers yet.</p>` : table(lines)}
      ${total > lines.length ? html`<p>${lines.length} of ${total}.</p>` : ''}`,
  });
}

function table(lines: readonly SubscriptionLine[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Subscriber</th>
        <th scope="col">Tenant</th>
        <th scope="col" class="number">Waiting</th>
        <th scope="col" class="number">Oldest</th>
        <th scope="col" class="number">Retrying</th>
        <th scope="col">Failing since</th>
        <th scope="col">Last delivered</th>
        <th scope="col">State</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(row)}
    </tbody>
  </table>`;
}

function row(line: SubscriptionLine): Html {
  return html`<tr>
    <td>
      <a href="${boardPath}/queue/${encodeURIComponent(line.queue)}">${line.id}</a
      >${line.name === null ? '' : html`<br /><small>${line.name}</small>`}
    </td>
    <td>${line.tenantId}</td>
    <td class="number">${line.waiting}</td>
    <td class="number">${line.waiting === 0 ? '' : `${Math.round(line.oldestMs / 1_000)} s`}</td>
    <td class="number">${line.retrying}</td>
    <td class="when">${time(line.failingSince)}</td>
    <td class="when">${time(line.lastGoodAt)}</td>
    <td>
      ${line.state === 'active' ? line.state : html`<strong>${line.state}</strong>`}${line.standing === null ? '' : html`<br /><small>${time(line.standing.since)}: ${line.standing.reason}</small>`}
    </td>
  </tr>`;
}

function time(ms: number | null): string {
  return ms === null ? '' : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
