import type { LetterCount, ReplayRunView } from '@posthorn/channel-admin';
import type { DeadLetter } from '@posthorn/queue';
import { html, type Html, type Part } from './html.ts';
import type { AskedLetters } from './letter-routes.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';
import { sayTime } from './say-time.ts';
import { actions, numeric, table, when } from './table.ts';

interface Shown {
  readonly letters: readonly DeadLetter[];
  readonly next: string | null;
  readonly runs: readonly ReplayRunView[];
  readonly asked: AskedLetters;
  /** Of a dry run. */
  readonly count: LetterCount | null;
  readonly operator: Operator;
}

const letterColumns = [when('Died (UTC)'), 'Letter', 'What happened', actions];
const runColumns = [when('Started (UTC)'), 'Run', 'By, and why', numeric('Replayed'), 'Stage', actions];

/** The page of dead letters and of runs that replay many. */
export function lettersPage({ letters, next, runs, asked, count, operator }: Shown): string {
  const mayChange = operator.role === 'operator';
  return page({
    title: 'dead letters',
    operator,
    body: html`<h2>Dead letters</h2>
      ${runs.length === 0 ? '' : html`<p><a href="#runs">Replay runs: ${runs.length}</a></p>`}
      <form method="get" action="/dead-letters">${filterInputs(asked)} <button>Show</button></form>
      ${count === null ? '' : counted(count)} ${mayChange ? startForm(asked) : ''}
      ${table(
        letterColumns,
        letters.map((letter) => letterRow(letter, mayChange)),
        `None that fits${next === null ? '' : ' so far'}.`,
      )}
      ${next === null ? '' : html`<p><a href="/dead-letters?${linkOf(asked, next)}">Older ones</a></p>`}
      <h2 id="runs">Replay runs</h2>
      ${table(
        runColumns,
        runs.map((run) => runRow(run, mayChange)),
        'None yet.',
      )}`,
  });
}

function valuesOf(asked: AskedLetters): readonly (readonly [string, string])[] {
  const { provider = '', channel = '', code = '', providerCode = '', since, until } = asked;
  return [
    ['provider', provider],
    ['channel', channel],
    ['code', code],
    ['providerCode', providerCode],
    ['since', local(since)],
    ['until', local(until)],
  ];
}

function local(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString().slice(0, 16);
}

function linkOf(asked: AskedLetters, next: string): string {
  const given = Object.fromEntries(valuesOf(asked).filter(([, value]) => value !== ''));
  return new URLSearchParams({ ...given, after: next }).toString();
}

const labelByName: Readonly<Record<string, string>> = { providerCode: 'provider’s code' };

function filterInputs(asked: AskedLetters): readonly Html[] {
  return valuesOf(asked).map(([name, value]) =>
    name === 'since' || name === 'until'
      ? html`<label>${name} (UTC) <input type="datetime-local" name="${name}" value="${value}" /></label> `
      : html`<label
          >${labelByName[name] ?? name} <input name="${name}" value="${value}" maxlength="64" size="14"
        /></label> `,
  );
}

function counted({ total, byCode, byChannel }: LetterCount): Html {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, 10)
      .map(([name, many]) => `${name} ${many}`)
      .join(', ');
  return html`<p><strong>${total} would be replayed.</strong> ${list(byCode)}; ${list(byChannel)}</p>`;
}

function startForm(asked: AskedLetters): Html {
  return html`<form method="post" action="/replay-runs">
    ${valuesOf(asked).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <label>per second <input name="perSecond" value="20" size="4" /></label>
    <label>first only <input name="canary" placeholder="no canary" size="8" /></label>
    <label>watched for, seconds <input name="canaryWaitSeconds" value="60" size="4" /></label>
    <input name="why" placeholder="why" aria-label="why" maxlength="200" />
    <button name="action" value="count">Count them</button>
    <button name="action" value="start">Replay all that fit</button>
  </form>`;
}

function letterRow(letter: DeadLetter, mayChange: boolean): readonly Part[] {
  const { id, diedAt, code, providerCode, says, channelId, provider } = letter;
  return [
    sayTime(diedAt),
    html`${id}<br /><small>${channelId}, ${provider}</small>`,
    html`${code}${providerCode === undefined ? '' : ` (${providerCode})`}<br /><small>${says}</small>`,
    mayChange
      ? html`<form method="post" action="/dead-letters/${id}">
          <input name="why" placeholder="why" aria-label="why" maxlength="200" />
          <button aria-label="Replay ${id}">Replay</button>
        </form>`
      : '',
  ];
}

function runRow(run: ReplayRunView, mayChange: boolean): readonly Part[] {
  const { id, startedAt, by, why, replayed, total, refused, stage, says, endedAt, aborting } = run;
  const left = Object.entries(refused).map(([reason, many]) => `${many} ${reason}`);
  return [
    sayTime(startedAt),
    id,
    html`${by}<br /><small>${why}</small>`,
    html`${replayed} of ${total}<br /><small>${left.join(', ')}</small>`,
    html`${aborting ? 'is aborted' : stage}<br /><small>${says ?? ''}</small>`,
    mayChange && endedAt === null
      ? html`<form method="post" action="/replay-runs/${id}/abort">
          <button aria-label="Abort ${id}">Abort</button>
        </form>`
      : '',
  ];
}
