import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { BatchMessage, Message } from './message.ts';
import { PosthornError, toProblem, type Problem } from './posthorn-error.ts';

export interface ClientOptions {
  /** Where ingress is: `https://posthorn.example.com`. */
  readonly url: string;
  /** `phk_…` */
  readonly apiKey: string;
  /** For one try. Default: 10 s, and what `waitSeconds` asks for. */
  readonly timeoutMs?: number;
  /** How often what may be repeated is tried in all. Default: 4. */
  readonly tries?: number;
  /** The first wait between tries; the next ones double, with jitter, up to 30 s. Default: 500 ms. */
  readonly backoffMs?: number;
}

export interface SendOptions {
  /** Makes the send safe to repeat: the client does so by itself then, and you may. Without one nothing is sent twice, and nothing is retried. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export interface Accepted {
  readonly id: string;
  /** `accepted`; with `waitSeconds` whatever it is by then. */
  readonly status: string;
  readonly links: { readonly self: string; readonly cancel: string };
}

/** What became of one message of a batch. */
export type BatchAnswer =
  | { readonly index: number; readonly status: 202; readonly id: string; readonly replayed: boolean }
  | { readonly index: number; readonly status: number; readonly problem: Problem };

export interface Recipient {
  readonly window: { readonly open: boolean; readonly until: string | null };
  readonly optedOut: { readonly since: string; readonly source: string } | null;
}

/** posthorn over HTTP. Methods throw a `PosthornError` for what posthorn refused, and what `fetch` throws where it did not answer. */
export interface Client {
  /** Resolves once the message is stored for good. `waitSeconds` (up to 30): once the provider has answered, if that is earlier. */
  readonly send: (message: Message, options?: SendOptions & { readonly waitSeconds?: number }) => Promise<Accepted>;
  /** Up to 1,000; each has an answer of its own, in order. */
  readonly sendBatch: (messages: readonly BatchMessage[], options?: SendOptions) => Promise<readonly BatchAnswer[]>;
  /** What became of a message: status, timeline, what it waits for. */
  readonly get: (
    id: string,
  ) => Promise<{ readonly id: string; readonly status: string; readonly [field: string]: unknown }>;
  /** As long as it has not been handed to the provider; `too_late` (409) after that. */
  readonly cancel: (id: string) => Promise<void>;
  /** Whether someone may be sent free text, and marketing. */
  readonly recipient: (channelId: string, address: string) => Promise<Recipient>;
}

interface Call<Answer> {
  /** Whether an answer is what posthorn's API description says; anything else comes from something in between. */
  readonly isAnswer: (value: unknown) => value is Answer;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mayRepeat: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const backoffMostMs = 30_000;
const again: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

export function createClient(options: ClientOptions): Client {
  const { apiKey, timeoutMs = 10_000, tries = 4, backoffMs = 500 } = options;
  const base = options.url.replace(/\/+$/u, '');

  async function once<Answer>(call: Call<Answer>): Promise<Answer> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? timeoutMs);
    // oxlint-disable-next-line no-restricted-globals -- published alone: nothing of the workspace comes with it
    const response = await fetch(`${base}${call.path}`, {
      method: call.method,
      redirect: 'error',
      signal: call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]),
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    });
    const answer = await readJson(response);
    if (response.ok && call.isAnswer(answer)) return answer;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new PosthornError(toProblem(response.status, answer), Number.isNaN(seconds) ? null : seconds * 1_000);
  }

  async function run<Answer>(call: Call<Answer>): Promise<Answer> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await once(call);
      } catch (error) {
        const isFinal = error instanceof PosthornError && !again.has(error.status);
        if (!call.mayRepeat || isFinal || tried >= tries || call.signal?.aborted === true) throw error;
        const asked = error instanceof PosthornError ? error.retryAfterMs : null;
        const most = Math.min(backoffMs * 2 ** (tried - 1), backoffMostMs);
        const waitMs = Math.max(Math.min(asked ?? 0, backoffMostMs), randomInt(Math.ceil(most / 2), most + 1));
        await pause(waitMs, undefined, call.signal === undefined ? {} : { signal: call.signal });
      }
    }
  }

  async function post<Answer>(
    call: Pick<Call<Answer>, 'path' | 'body' | 'isAnswer' | 'timeoutMs'>,
    { idempotencyKey, signal }: SendOptions,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const key = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    const mayRepeat = idempotencyKey !== undefined;
    return await run({ ...call, method: 'POST', signal, mayRepeat, headers: { ...key, ...headers } });
  }

  return {
    send: async (message, { waitSeconds = 0, ...rest } = {}) =>
      await post(
        {
          path: '/v1/messages',
          body: message,
          isAnswer: isMessage,
          timeoutMs: timeoutMs + waitSeconds * 1_000,
        },
        rest,
        waitSeconds === 0 ? {} : { prefer: `wait=${waitSeconds}` },
      ),
    sendBatch: async (messages, rest = {}) =>
      (await post({ path: '/v1/messages/batch', body: { messages }, isAnswer: isBatch }, rest)).results,
    get: async (id) => await run({ ...look(`/v1/messages/${encodeURIComponent(id)}`), isAnswer: isMessage }),
    cancel: async (id) => {
      const path = `/v1/messages/${encodeURIComponent(id)}`;
      await run({ method: 'DELETE', path, mayRepeat: true, isAnswer: isMessage });
    },
    recipient: async (channelId, address) => {
      const path = `/v1/channels/${encodeURIComponent(channelId)}/recipients/${encodeURIComponent(address)}`;
      return await run({ ...look(path), isAnswer: isRecipient });
    },
  };
}

function look(path: string) {
  return { method: 'GET', path, mayRepeat: true } as const;
}

/** Null for what is no JSON. */
async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isMessage(value: unknown): value is Accepted & Readonly<Record<string, unknown>> {
  return typeof fieldOf(value, 'id') === 'string' && typeof fieldOf(value, 'status') === 'string';
}

function isBatch(value: unknown): value is { readonly results: readonly BatchAnswer[] } {
  return Array.isArray(fieldOf(value, 'results'));
}

function isRecipient(value: unknown): value is Recipient {
  return typeof fieldOf(value, 'window') === 'object';
}
