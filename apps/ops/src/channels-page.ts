import { boardPath } from './register-board.ts';
import { html, type Html } from './html.ts';
import type { Operator } from './logins.ts';
import { page } from './page.ts';

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
  /** Whether ops paused it; then ops may resume it. */
  readonly pauses: readonly { readonly reason: string; readonly by: string; readonly at: number }[];
  /** The processes that serve it. */
  readonly workers: readonly string[];
}

/** A dead queue's line. */
export interface DeadLine {
  readonly provider: string;
  readonly queue: string;
  readonly letters: number;
}

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
      <table>
        <thead>
          <tr>
            <th scope="col">Provider</th>
            <th scope="col" class="number">Letters</th>
          </tr>
        </thead>
        <tbody>
          ${dead.map(
            ({ provider, queue, letters }) =>
              html`<tr>
                <td><a href="${queueUrl(queue)}?status=failed">${provider}</a></td>
                <td class="number">${letters}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      <h2>Channels</h2>
      ${channels.length === 0 ? html`<p>No channels yet.</p>` : channelTable(channels, mayChange)}
      ${total > channels.length ? html`<p>The ${channels.length} fullest of ${total} channels.</p>` : ''}`,
  });
}

function channelTable(channels: readonly ChannelLine[], mayChange: boolean): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Channel</th>
        <th scope="col">Provider</th>
        <th scope="col" class="number">Waiting</th>
        <th scope="col" class="number">Active</th>
        <th scope="col" class="number">Delayed</th>
        <th scope="col" class="number">Oldest</th>
        <th scope="col">State</th>
        <th scope="col">Served by</th>
        <th scope="col"><span class="unseen">Actions</span></th>
      </tr>
    </thead>
    <tbody>
      ${channels.map((channel) => channelRow(channel, mayChange))}
    </tbody>
  </table>`;
}

function channelRow(channel: ChannelLine, mayChange: boolean): Html {
  const mine = channel.pauses.some(({ reason }) => reason === 'operator');
  const action = mine ? 'resume' : 'pause';
  return html`<tr>
    <td>
      <a href="${queueUrl(channel.queue)}">${channel.id}</a
      >${channel.name === null ? '' : html`<br /><small>${channel.name}</small>`}
    </td>
    <td>${channel.provider}</td>
    <td class="number">${channel.waiting}</td>
    <td class="number">${channel.active}</td>
    <td class="number">${channel.delayed}</td>
    <td class="number">${channel.waiting === 0 ? '' : sayAge(channel.oldestMs)}</td>
    <td>
      ${channel.paused ? html`<strong>paused</strong>` : 'running'}${channel.pauses.map(({ reason, by, at }) => html`<br /><small>${reason}: ${by}, <span class="when">${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC</span></small>`)}
    </td>
    <td>
      ${channel.workers.length === 0 ? html`<strong>nobody</strong>` : channel.workers.map((name) => html`<small>${name}</small><br />`)}
    </td>
    <td>
      ${
        mayChange
          ? html`<form method="post" action="/channels/${channel.id}/${action}">
              <button aria-label="${mine ? 'Resume' : 'Pause'} ${channel.id}">${mine ? 'Resume' : 'Pause'}</button>
            </form>`
          : ''
      }
    </td>
  </tr>`;
}

function queueUrl(queue: string): string {
  return `${boardPath}/queue/${encodeURIComponent(queue)}`;
}

function sayAge(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
