import { html, type Html } from './html.ts';
import type { Operator } from './logins.ts';
import { boardPath } from './register-board.ts';

/** A page of ops: what all of them share around `body`. */
export function page({ title, operator, body }: { title: string; operator: Operator | null; body: Html }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>posthorn · ${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/ops.css" />
      </head>
      <body>
        <header>
          <h1>posthorn</h1>
          ${operator === null ? '' : navigation(operator, title)}
        </header>
        <main>${body}</main>
      </body>
    </html> `.markup;
}

/** Where the pages are; the second one is the title that a page of it has. */
const places = [
  ['/', 'channels', 'Channels'],
  ['/held', 'held messages', 'Held'],
  ['/dead-letters', 'dead letters', 'Dead letters'],
  ['/subscriptions', 'subscribers', 'Subscribers'],
  ['/pauses', 'pauses', 'Pauses'],
  [`${boardPath}/`, null, 'Queues (Bull Board)'],
  ['/audit', 'changes', 'Changes'],
] as const;
const current: Html = { markup: 'aria-current="page"' };

function navigation({ user, role }: Operator, title: string): Html {
  return html`<nav aria-label="Pages">
      ${places.map(([path, of, name]) => html`<a href="${path}" ${of === title ? current : ''}>${name}</a>`)}
    </nav>
    <form class="who" method="post" action="/sign-out">
      <span>${user} <small>${role}</small></span> <button>Sign out</button>
    </form>`;
}

/** The style of all pages. */
export const pageStyle = `
:root { color-scheme: light dark; --line: light-dark(#d8dee6, #2c3542); --muted: light-dark(#5b6675, #93a1b3); }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#f7f9fb, #151a21); color: light-dark(#1b2430, #e2e8f0); }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; padding: 1rem 2rem; border-bottom: 1px solid var(--line); }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
.who { margin-left: auto; display: flex; gap: 1rem; align-items: baseline; }
main { padding: 0 2rem 2rem; max-width: 72rem; overflow-x: auto; position: relative; }
h1 { font-size: 1.2rem; margin: 0; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
a { color: light-dark(#0b62c4, #7db7ff); }
small { color: var(--muted); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--muted); font-size: .85rem; }
.when { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
form { margin: 0; display: flex; flex-wrap: wrap; gap: .4rem .8rem; align-items: baseline; }
main > form { margin: .8rem 0; }
input, select { font: inherit; max-width: 100%; box-sizing: border-box; }
label { color: var(--muted); }
label input { color: light-dark(#1b2430, #e2e8f0); }
th.actions span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
button { font: inherit; padding: .1rem .7rem; cursor: pointer; }
.sign-in { max-width: 20rem; margin: 12vh auto 0; display: grid; gap: .9rem; }
.sign-in h2 { margin: 0; font-size: 1.1rem; }
.sign-in label { display: grid; gap: .2rem; }
.sign-in input { font: inherit; padding: .4rem .5rem; border: 1px solid var(--line); border-radius: 4px; }
.sign-in button { padding: .4rem; }
.fault { color: light-dark(#a4161a, #ff9b9b); margin: 0; }
@media (max-width: 40rem) {
  header { padding: .8rem 1rem; }
  main { padding: 0 1rem 2rem; }
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { position: relative; padding: .1rem 0 .1rem 9.5rem; border: 0; min-height: 1.5em; overflow-wrap: anywhere; }
  td::before { content: attr(data-column); position: absolute; left: 0; color: var(--muted); font-size: .85rem; }
  td.number { text-align: left; }
  td.actions { padding-left: 0; }
  td:empty { display: none; }
  .who { margin-left: 0; }
}
`;
