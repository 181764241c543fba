import type { HeldRow } from '@posthorn/channel-admin';
import { html, type Html, type Part } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';
import { sayTime } from './say-time.ts';
import { actions, numeric, table, when } from './table.ts';

const columns = [when('Held since (UTC)'), 'Message', numeric('Attempts'), numeric('Look-ups'), 'Later ones', actions];

/** The page of held messages: those held longest first. */
export function heldPage(rows: readonly HeldRow[], { total, operator }: { total: number; operator: Operator }): string {
  const mayChange = operator.role === 'operator';
  return page({
    title: 'held messages',
    operator,
    body: html`<h2>Held messages</h2>
      <p>
        Nobody knows whether these went out: their call got no answer. A status or a look-up settles most. Released ones
        are sent again and may arrive twice; discarded ones become dead letters.
      </p>
      ${table(
        columns,
        rows.map((row) => line(row, mayChange)),
        'Nothing is held.',
      )}
      ${total > rows.length ? html`<p>${rows.length} of ${total}.</p>` : ''}`,
  });
}

function line({ message, blocks, lookUps, channel }: HeldRow, mayChange: boolean): readonly Part[] {
  return [
    sayTime(message.statusAt),
    html`${message.id}<br /><small>${channel.provider}</small>`,
    message.attempts,
    lookUps,
    blocks ? 'wait for it' : 'go first',
    mayChange ? decide(message.id) : '',
  ];
}

function decide(id: string): Html {
  return html`<form method="post" action="/held/${id}">
    <input name="why" placeholder="why" aria-label="why" maxlength="200" />
    <button name="action" value="release" aria-label="Release ${id}">Release</button>
    <button name="action" value="discard" aria-label="Discard ${id}">Discard</button>
  </form>`;
}
