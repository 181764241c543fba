import type { EventEnvelope } from '@posthorn/message';
import { retryAfterMs } from '@posthorn/outcome';
import type { Clock, Http, HttpReply, Random } from '@posthorn/runtime';
import { nextAttemptMs } from './schedule.ts';
import { signedHeaders } from './sign.ts';

/** Why an event will not be tried again by itself. */
export type DeadEventCode =
  /** The receiver answered 410: it wants nothing more. */
  | 'receiver_gone'
  /** Every attempt of the schedule failed. */
  | 'attempts_exhausted';

/** What one attempt came to. */
export type Verdict =
  | { readonly kind: 'delivered' }
  /** Again after that many milliseconds. `calmMs`: the receiver asked for quiet, so all its events wait that long. */
  | { readonly kind: 'later'; readonly afterMs: number; readonly calmMs: number }
  | { readonly kind: 'dead'; readonly code: DeadEventCode };

/** One attempt, as its log shows it. */
export interface Attempt {
  /** The HTTP status; null: there was no answer. */
  readonly status: number | null;
  /** In place of a status: ECONNREFUSED, timeout, address_refused … */
  readonly reason: string | null;
  /** The beginning of an answer that was no 2xx. */
  readonly answer: string | null;
  readonly durationMs: number;
}

export interface DeliverDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  /** Multiplies the schedule; 1 but in tests. */
  readonly delayFactor: number;
}

export interface Delivery {
  readonly url: string;
  /** The newest first; two while one is rotated. */
  readonly secrets: readonly string[];
  readonly envelope: EventEnvelope;
  /** How many attempts failed before. */
  readonly failed: number;
  /** Of the message's trace. */
  readonly traceparent: string | null;
}

const answerShown = 256;
/** Statuses by which a receiver says "slower" (Standard Webhooks 1.0.0, read 2026-11), and 503, which says when to come back. */
const slower: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Posts one event, signed, and says what follows. Only a 2xx is success; a redirect is a failure and is not followed; 410 ends the
 * subscription. Never throws for reasons of the network.
 */
export function createDeliverEvent({ http, clock, random, delayFactor }: DeliverDeps) {
  return async function deliverEvent(
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<{ readonly verdict: Verdict; readonly attempt: Attempt }> {
    const { url, secrets, envelope, failed, traceparent } = delivery;
    const body = JSON.stringify(envelope);
    const seconds = Math.floor(clock.now() / 1_000);
    const reply = await http(
      {
        operation: 'event.deliver',
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'posthorn',
          ...signedHeaders(secrets, { id: envelope.id, seconds, body }),
          ...(traceparent !== null && { traceparent }),
        },
        body,
      },
      signal,
    );
    return { verdict: judge(reply, failed + 1), attempt: toAttempt(reply) };
  };

  function judge(reply: HttpReply, failed: number): Verdict {
    const status = reply.kind === 'answered' ? reply.status : null;
    if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
    if (status === 410) return { kind: 'dead', code: 'receiver_gone' };
    const askedMs =
      reply.kind === 'answered' && slower.has(reply.status) ? retryAfterMs(reply.headers, clock.now()) : null;
    const afterMs = nextAttemptMs({ failed, askedMs, random: random(), factor: delayFactor });
    return afterMs === null
      ? { kind: 'dead', code: 'attempts_exhausted' }
      : { kind: 'later', afterMs, calmMs: Math.min(askedMs ?? 0, afterMs) };
  }
}

function toAttempt(reply: HttpReply): Attempt {
  const { durationMs } = reply;
  if (reply.kind !== 'answered') return { status: null, reason: reply.reason, answer: null, durationMs };
  const { status, text } = reply;
  const good = status >= 200 && status < 300;
  return { status, reason: null, answer: good || text === '' ? null : text.slice(0, answerShown), durationMs };
}
