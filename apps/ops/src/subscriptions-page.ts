import { html, type Part } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';
import { queueUrl } from './register-board.ts';
import { sayAge, sayTime } from './say-time.ts';
import { numeric, table, when } from './table.ts';

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

const columns = [
  'Subscriber',
  'Tenant',
  numeric('Waiting'),
  numeric('Oldest'),
  numeric('Retrying'),
  when('Failing since (UTC)'),
  when('Last delivered (UTC)'),
  'State',
];

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
      ${table(columns, lines.map(row), 'No subscribers yet.')}
      ${total > lines.length ? html`<p>${lines.length} of ${total}.</p>` : ''}`,
  });
}

function row(line: SubscriptionLine): readonly Part[] {
  const { id, tenantId, name, queue, state, standing, waiting, oldestMs, retrying, failingSince, lastGoodAt } = line;
  return [
    html`<a href="${queueUrl(queue)}">${id}</a>${name === null ? '' : html`<br /><small>${name}</small>`}`,
    tenantId,
    waiting,
    waiting === 0 ? '' : sayAge(oldestMs),
    retrying,
    sayTime(failingSince),
    sayTime(lastGoodAt),
    html`${state === 'active' ? state : html`<strong>${state}</strong>`}${standing === null ? '' : html`<br /><small>${sayTime(standing.since)} UTC: ${standing.reason}</small>`}`,
  ];
}
