import { setTimeout as delay } from 'node:timers/promises';
import { messageIdSchema, type ChannelId, type MessageId } from '@posthorn/message';
import { z } from 'zod';
import type { Rig } from './rig.ts';

/** A message to hand in. */
export interface Outgoing {
  readonly channelId: ChannelId;
  readonly to: string;
  readonly text: string;
  /** Its idempotency key: what lets a producer ask again when no answer came. */
  readonly key: string;
}

/** A message that was answered with 202, and when. */
export interface Accepted {
  readonly id: MessageId;
  readonly message: Outgoing;
  readonly answeredAt: number;
}

export interface ProduceOptions {
  /** Requests at the same time. */
  readonly sockets: number;
  /** Spread over so many messages a second; without it as fast as it goes. */
  readonly perSecond?: number;
  /** When to give up on a message; refusals until then are tried again, as a producer does. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

/** What a producer saw. */
export interface Produced {
  readonly accepted: readonly Accepted[];
  /** Answers other than 202, by status; `none`: no answer came. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Never answered with 202 in the time given. */
  readonly givenUp: number;
}

/** Hands in messages one request each, and repeats each one under its key until it is accepted. */
export async function produce(rig: Rig, messages: readonly Outgoing[], options: ProduceOptions): Promise<Produced> {
  const accepted: Accepted[] = [];
  const refusals = new Map<string, number>();
  let givenUp = 0;
  let next = 0;
  const startedAt = performance.now();
  const loop = async (): Promise<void> => {
    for (;;) {
      const at = next;
      next += 1;
      const message = messages[at];
      if (message === undefined || options.signal?.aborted === true) return;
      const dueMs = options.perSecond === undefined ? 0 : startedAt + (at * 1_000) / options.perSecond;
      const earlyMs = dueMs - performance.now();
      if (earlyMs > 0) await delay(earlyMs);
      const id = await handIn(message);
      if (id === null) givenUp += 1;
      else accepted.push({ id, message, answeredAt: Date.now() });
    }
  };
  const handIn = async (message: Outgoing): Promise<MessageId | null> => {
    const giveUp = performance.now() + (options.withinMs ?? 60_000);
    while (performance.now() < giveUp && options.signal?.aborted !== true) {
      const answer = await post(rig, message).catch(() => null);
      if (answer?.id !== undefined) return answer.id;
      const what = answer === null ? 'none' : String(answer.status);
      refusals.set(what, (refusals.get(what) ?? 0) + 1);
      await delay(100);
    }
    return null;
  };
  await Promise.all(Array.from({ length: options.sockets }, loop));
  return { accepted, refusals, givenUp };
}

const accepted = z.object({ id: messageIdSchema });

/** One request. Throws if no answer came. */
export async function post(
  rig: Pick<Rig, 'ingress' | 'apiKey'>,
  { channelId, to, text, key }: Outgoing,
  url = rig.ingress.url(),
): Promise<{ readonly status: number; readonly id?: MessageId; readonly retryAfter: string | null }> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.apiKey}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ channelId, to, content: { type: 'text', body: text } }),
    signal: AbortSignal.timeout(10_000),
  });
  const body: unknown = await response.json();
  const retryAfter = response.headers.get('retry-after');
  return response.status === 202
    ? { status: 202, id: accepted.parse(body).id, retryAfter }
    : { status: response.status, retryAfter };
}

const batchAnswer = z.object({ results: z.array(z.object({ id: messageIdSchema })) });
const batchMost = 500;

/** Hands in many at once, in order. For loads where nothing fails at the front door: throws if one is refused. */
export async function produceBatch(
  rig: Rig,
  messages: readonly Outgoing[],
  url = rig.ingress.url(),
): Promise<readonly Accepted[]> {
  const all: Accepted[] = [];
  for (let from = 0; from < messages.length; from += batchMost) {
    const part = messages.slice(from, from + batchMost);
    const response = await fetch(`${url}/v1/messages/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        messages: part.map(({ channelId, to, text, key }) => ({
          channelId,
          to,
          content: { type: 'text', body: text },
          idempotencyKey: key,
        })),
      }),
    });
    const body: unknown = await response.json();
    const { results } = batchAnswer.parse(body);
    const answeredAt = Date.now();
    for (const [at, { id }] of results.entries()) {
      const message = part[at];
      if (message !== undefined) all.push({ id, message, answeredAt });
    }
  }
  return all;
}

/** Made-up numbers nobody has: +1 555 … */
export function recipient(index: number): string {
  return `+1555${1_000_000 + index}`;
}
