import { boardPath } from './register-board.ts';
import { html, type Html } from './html.ts';

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
  { total }: { total: number },
): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>posthorn · channels</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/ops.css" />
      </head>
      <body>
        <header>
          <h1>posthorn</h1>
          <nav><a href="${boardPath}/">Queues (Bull Board)</a></nav>
        </header>
        <main>
          <h2>Dead letters</h2>
          <table>
            <thead>
              <tr>
                <th>Provider</th>
                <th class="number">Letters</th>
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
          ${channels.length === 0 ? html`<p>No channels yet.</p>` : channelTable(channels)}
          ${total > channels.length ? html`<p>The ${channels.length} fullest of ${total} channels.</p>` : ''}
        </main>
      </body>
    </html> `.markup;
}

function channelTable(channels: readonly ChannelLine[]): Html {
  return html`<table>
    <thead>
      <tr>
        <th>Channel</th>
        <th>Provider</th>
        <th class="number">Waiting</th>
        <th class="number">Active</th>
        <th class="number">Delayed</th>
        <th class="number">Oldest</th>
        <th>State</th>
        <th></th>
      </tr>
    </thead>
    <tbody>
      ${channels.map(channelRow)}
    </tbody>
  </table>`;
}

function channelRow(channel: ChannelLine): Html {
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
      ${channel.paused ? html`<strong>paused</strong>` : 'running'}${channel.pauses.map(({ reason, by, at }) => html`<br /><small>${reason}: ${by}, ${new Date(at).toISOString().slice(0, 19)}Z</small>`)}
    </td>
    <td>
      <form method="post" action="/channels/${channel.id}/${action}">
        <button>${mine ? 'Resume' : 'Pause'}</button>
      </form>
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

/** The page's style. */
export const channelsStyle = `
:root { color-scheme: light dark; --line: light-dark(#d8dee6, #2c3542); --muted: light-dark(#5b6675, #93a1b3); }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#f7f9fb, #151a21); color: light-dark(#1b2430, #e2e8f0); }
header { display: flex; gap: 2rem; align-items: baseline; padding: 1rem 2rem; border-bottom: 1px solid var(--line); }
main { padding: 0 2rem 2rem; max-width: 72rem; }
h1 { font-size: 1.2rem; margin: 0; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
a { color: light-dark(#0b62c4, #7db7ff); }
small { color: var(--muted); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--muted); font-size: .85rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
form { margin: 0; }
button { font: inherit; padding: .1rem .7rem; cursor: pointer; }
`;
