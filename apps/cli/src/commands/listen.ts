import { get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { json } from 'node:stream/consumers';
import { eventEnvelopeSchema, type EventEnvelope } from '@posthorn/message';
import { z } from 'zod';
import { placeOfApi } from '../api-access.ts';
import { refusalWords } from '../api-client.ts';
import { CliError } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';

export interface ListenOptions {
  readonly type?: readonly string[];
  readonly channel?: string;
  /** Ends after so many. */
  readonly count?: number;
  readonly since?: string;
  readonly json: boolean;
}

const backMs = 2_000;
const shownSchema = z.looseObject({
  channel: z.looseObject({ id: z.string() }).optional(),
  message: z.looseObject({ id: z.string(), callbackData: z.string().nullish() }).nullish(),
  failure: z.looseObject({ code: z.string() }).nullish(),
});

/** `posthorn listen`: events as they happen, until Ctrl-C. A broken connection is made again, from the last event on. */
export async function listen(terminal: Terminal, options: ListenOptions): Promise<void> {
  const { url, key } = placeOfApi(terminal);
  const leaving = new AbortController();
  const off = terminal.onStop(() => leaving.abort());
  const query = new URLSearchParams({
    ...(options.type !== undefined && { types: options.type.join(',') }),
    ...(options.channel !== undefined && { channelId: options.channel }),
  });
  const seen = { lastId: options.since ?? null, count: 0 };
  terminal.err('Listening. Ctrl-C ends it.');
  try {
    while (!isOver()) {
      const answer = await openStream(`${url.replace(/\/$/u, '')}/v1/events?${query.toString()}`, {
        headers: { authorization: `Bearer ${key}`, ...(seen.lastId !== null && { 'last-event-id': seen.lastId }) },
        signal: leaving.signal,
      });
      const status = answer?.statusCode ?? 0;
      if (answer !== null && status >= 400 && status < 500) {
        throw new CliError(refusalWords(status, await json(answer).catch(() => null)));
      }
      if (answer !== null && status === 200) await read(answer).catch(() => undefined);
      if (isOver()) break;
      terminal.err(`The stream of ${url} broke off; it is opened again.`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, backMs);
        leaving.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
  } finally {
    off();
    leaving.abort();
  }

  function isOver(): boolean {
    return leaving.signal.aborted || (options.count !== undefined && seen.count >= options.count);
  }

  async function read(answer: IncomingMessage): Promise<void> {
    let text = '';
    for await (const part of answer.setEncoding('utf8')) {
      text += String(part);
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) {
        const data = /^data: (?<data>.*)$/mu.exec(frame)?.groups?.['data'];
        if (data === undefined) continue;
        const event = eventEnvelopeSchema.parse(JSON.parse(data));
        seen.lastId = event.id;
        seen.count += 1;
        terminal.out(options.json ? data : lineOf(event));
        if (isOver()) return;
      }
    }
  }
}

/** A GET without an end: the fleet's client reads answers whole. Null: there was none. */
async function openStream(
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<IncomingMessage | null> {
  return await new Promise((resolve) => {
    const opened = (url.startsWith('https:') ? getSecurely : get)(url, options, resolve);
    opened.on('error', () => resolve(null));
  });
}

/** No numbers and no texts: what scrolls by is seen by others. */
function lineOf({ timestamp, type, data }: EventEnvelope): string {
  const { channel, message, failure } = shownSchema.safeParse(data).data ?? {};
  const words = [timestamp, type.padEnd(20), channel?.id, message?.id, message?.callbackData, failure?.code];
  return words.filter((word) => word !== undefined && word !== null).join('  ');
}
