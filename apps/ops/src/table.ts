import { html, type Html, type Part } from './html.ts';

interface Column {
  readonly name: string;
  /** How its cells are set: figures to the right, times in one line; buttons have no name to be seen. */
  readonly style: 'text' | 'number' | 'when' | 'actions';
}

export const numeric = (name: string): Column => ({ name, style: 'number' });
export const when = (name: string): Column => ({ name, style: 'when' });
/** The column of buttons. */
export const actions: Column = { name: 'Actions', style: 'actions' };

/**
 * A table; `none` stands in its place when there are no rows. On a narrow screen each row is a block, with the name of its
 * column beside each cell (`pageStyle`).
 */
export function table(columns: readonly (string | Column)[], rows: readonly (readonly Part[])[], none = 'None.'): Html {
  if (rows.length === 0) return html`<p>${none}</p>`;
  const shown = columns.map((column): Column =>
    typeof column === 'string' ? { name: column, style: 'text' } : column,
  );
  return html`<table>
    <thead>
      <tr>
        ${shown.map(({ name, style }) => html`<th scope="col" class="${style}"><span>${name}</span></th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${shown.map((column, at) => cell(column, row[at] ?? ''))}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function cell({ name, style }: Column, content: Part): Html {
  return html`<td class="${style}" data-column="${style === 'actions' ? '' : name}">${content}</td>`;
}
