import type { PauseEntry } from '@posthorn/queue';
import { html, type Html, type Part } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';
import { queueUrl } from './register-board.ts';
import { sayAge, sayTime } from './say-time.ts';
import { actions, numeric, table } from './table.ts';

/** A line on the page of channels. */
export interface ChannelLine {
  readonly id: string;
  readonly name: string | null;
  readonly provider: string;
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly oldestMs: number;
  readonly paused: boolean;
  readonly pauses: readonly PauseEntry[];
  /** The processes that serve it. */
  readonly workers: readonly string[];
}

/** A dead queue's line. */
export interface DeadLine {
  readonly provider: string;
  readonly queue: string;
  readonly letters: number;
}

const columns = [
  'Channel',
  'Provider',
  numeric('Waiting'),
  numeric('Active'),
  numeric('Delayed'),
  numeric('Oldest'),
  'State',
  'Served by',
  actions,
];

/** The page of channels. */
export function channelsPage(
  channels: readonly ChannelLine[],
  dead: readonly DeadLine[],
  { total, operator }: { total: number; operator: Operator | null },
): string {
  const mayChange = operator?.role === 'operator';
  return page({
    title: 'channels',
    operator,
    body: html`<h2>Dead letters</h2>
      ${table(
        ['Provider', numeric('Letters')],
        dead.map(({ provider, queue, letters }) => [
          html`<a href="${queueUrl(queue)}?status=failed">${provider}</a>`,
          letters,
        ]),
      )}
      <h2>Channels</h2>
      ${table(
        columns,
        channels.map((channel) => channelRow(channel, mayChange)),
        'No channels yet.',
      )}
      ${total > channels.length ? html`<p>The ${channels.length} fullest of ${total} channels.</p>` : ''}`,
  });
}

function channelRow(channel: ChannelLine, mayChange: boolean): readonly Part[] {
  const { id, name, provider, queue, waiting, active, delayed, oldestMs, paused, pauses, workers } = channel;
  return [
    html`<a href="${queueUrl(queue)}">${id}</a>${name === null ? '' : html`<br /><small>${name}</small>`}`,
    provider,
    waiting,
    active,
    delayed,
    waiting === 0 ? '' : sayAge(oldestMs),
    html`${paused ? html`<strong>paused</strong>` : 'running'}${pauses.map(pauseLine)}`,
    workers.length === 0
      ? html`<strong>nobody</strong>`
      : html`${workers.map((worker) => html`<small>${worker}</small><br />`)}`,
    mayChange ? actionOf(channel) : '',
  ];
}

function pauseLine({ reason, by, at, why }: PauseEntry): Html {
  return html`<br /><small
      >${reason}: ${by}, <span class="when">${sayTime(at)} UTC</span>${why === undefined ? '' : `: ${why}`}</small
    >`;
}

/** Ops may end what ops began; pauses of others stay theirs. */
function actionOf({ id, pauses }: ChannelLine): Html {
  const mine = pauses.some(({ reason }) => reason === 'operator');
  return html`<form method="post" action="/channels/${id}/${mine ? 'resume' : 'pause'}">
    <button aria-label="${mine ? 'Resume' : 'Pause'} ${id}">${mine ? 'Resume' : 'Pause'}</button>
  </form>`;
}
