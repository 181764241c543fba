import { CliError } from '../cli-error.ts';
import { withApi } from '../api-access.ts';
import { readJson } from '../read-json.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';
import { timelineRow, timelineHead } from '../timeline-row.ts';
import { whyOf } from '../why-of.ts';

export interface SendOptions {
  readonly channel?: string;
  readonly to?: string;
  readonly text?: string;
  readonly replyTo?: string;
  readonly priority?: string;
  readonly idempotencyKey?: string;
  /** A file with a whole request, `-` for the standard input. */
  readonly body?: string;
  readonly json: boolean;
}

/** `posthorn send`: through the message API, as a producer does. */
export async function send(terminal: Terminal, options: SendOptions): Promise<void> {
  const request = await requestOf(terminal, options);
  const accepted = await withApi(terminal, async (api) => await api.send(request, options.idempotencyKey));
  if (options.json) json(terminal, accepted);
  else {
    terminal.out(accepted.id);
    terminal.err(`Accepted. "posthorn trace ${accepted.id}" shows what becomes of it.`);
  }
}

async function requestOf(terminal: Terminal, options: SendOptions): Promise<unknown> {
  const { channel, to, text, replyTo, priority, body } = options;
  if (body !== undefined) {
    if (text !== undefined) throw new CliError('Give --text or --body, not both.');
    const request = await readJson(terminal, body);
    return typeof request === 'object' && request !== null
      ? { ...request, ...(channel !== undefined && { channelId: channel }), ...(to !== undefined && { to }) }
      : request;
  }
  const missing = Object.entries({ channel, to, text }).filter(([, value]) => value === undefined);
  if (missing.length > 0) {
    const names = missing.map(([name]) => `--${name}`).join(', ');
    throw new CliError(`${names}: expected, but not given. Or give a whole request with --body <file>.`);
  }
  return {
    channelId: channel,
    to,
    content: { type: 'text', body: text },
    ...(replyTo !== undefined && { replyTo }),
    ...(priority !== undefined && { priority }),
  };
}

/** `posthorn trace`: everything that happened to a message. No content, no recipient. */
export async function trace(terminal: Terminal, id: string, options: { readonly json: boolean }): Promise<void> {
  const message = await withApi(terminal, async (api) => await api.message(id));
  if (options.json) {
    const { content: _content, to: _to, callbackData: _callbackData, ...shown } = message;
    json(terminal, shown);
    return;
  }
  const { out } = terminal;
  const { status, statusAt, channelId, priority, generation, attempts, acceptedAt, expiresAt, provider } = message;
  out(message.id);
  out(`${status} since ${statusAt}, on ${channelId} (${provider.name}), lane ${priority}`);
  out(`accepted ${acceptedAt}, expires ${expiresAt}, generation ${generation}, attempts ${attempts}`);
  // A provider's id can hold the recipient's number (a wamid does); its end is enough to tell two apart.
  if (provider.id !== null) out(`provider id …${provider.id.replace(/=+$/u, '').slice(-12)} (whole with --json)`);
  out('');
  const table = createTable(timelineHead);
  for (const entry of message.timeline) table.add(timelineRow(entry));
  for (const line of table.lines()) out(line);
  out('');
  out(whyOf(message));
}

/** `posthorn why`: one sentence. */
export async function why(terminal: Terminal, id: string, options: { readonly json: boolean }): Promise<void> {
  const message = await withApi(terminal, async (api) => await api.message(id));
  const { status, waitsFor } = message;
  if (options.json) json(terminal, { id: message.id, status, waitsFor, says: whyOf(message) });
  else terminal.out(whyOf(message));
}
