import type { HeldRow } from '@posthorn/channel-admin';
import { html, type Html } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';

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
      ${rows.length === 0 ? html`<p>Nothing is held.</p>` : table(rows, mayChange)}
      ${total > rows.length ? html`<p>${rows.length} of ${total}.</p>` : ''}`,
  });
}

function table(rows: readonly HeldRow[], mayChange: boolean): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Held since (UTC)</th>
        <th scope="col">Message</th>
        <th scope="col" class="number">Attempts</th>
        <th scope="col" class="number">Look-ups</th>
        <th scope="col">Later ones</th>
        <th scope="col"><span class="unseen">Actions</span></th>
      </tr>
    </thead>
    <tbody>
      ${rows.map((row) => line(row, mayChange))}
    </tbody>
  </table>`;
}

function line({ message, blocks, lookUps, channel }: HeldRow, mayChange: boolean): Html {
  return html`<tr>
    <td class="when">${new Date(message.statusAt).toISOString().slice(0, 19).replace('T', ' ')}</td>
    <td>${message.id}<br /><small>${channel.provider}</small></td>
    <td class="number">${message.attempts}</td>
    <td class="number">${lookUps}</td>
    <td>${blocks ? 'wait for it' : 'go first'}</td>
    <td>
      ${
        mayChange
          ? html`<form method="post" action="/held/${message.id}">
              <input name="why" placeholder="why" aria-label="why" maxlength="200" />
              <button name="action" value="release" aria-label="Release ${message.id}">Release</button>
              <button name="action" value="discard" aria-label="Discard ${message.id}">Discard</button>
            </form>`
          : ''
      }
    </td>
  </tr>`;
}
