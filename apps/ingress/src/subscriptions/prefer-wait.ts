import { channelIdOf, type MessageId } from '@posthorn/message';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngressDeps } from '../ingress-deps.ts';
import { renderMessage } from '../render.ts';
import type { MessageAnswer } from '../message-schemas.ts';

const secondsMost = 30;
const waitersMost = 500;
const firstLookMs = 20;
const lookMostMs = 250;

/** Waits for the provider's answer to a message, for those who ask for it. */
export type WaitForAnswer = (
  request: FastifyRequest,
  reply: FastifyReply,
  id: MessageId,
) => Promise<MessageAnswer | null>;

/**
 * `Prefer: wait=N` (RFC 7240, N up to 30 s): the message once it has left `accepted` (submitted, failed, held …), or null when the time
 * is over, nobody asked, or too many wait here already. What is done is told by `Preference-Applied`. Nothing of the sending
 * changes by waiting.
 */
export function createWaitForAnswer({
  channels,
  ledger,
  clock,
}: Pick<IngressDeps, 'channels' | 'ledger' | 'clock'>): WaitForAnswer {
  let waiters = 0;
  return async (request, reply, id) => {
    const seconds = readWait(request.headers['prefer']);
    const channel = channels.get(channelIdOf(id));
    if (seconds === null || channel === null || waiters >= waitersMost) return null;
    reply.header('preference-applied', `wait=${seconds}`);
    const until = clock.now() + seconds * 1_000;
    let pauseMs = firstLookMs;
    waiters += 1;
    try {
      for (;;) {
        const found = await ledger.get(channel, id);
        if (found !== null && found.message.status !== 'accepted') {
          return renderMessage(found.message, found.timeline, found.waitsFor, channel);
        }
        const leftMs = until - clock.now();
        if (leftMs <= 0 || reply.raw.destroyed) return null;
        await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, leftMs)));
        pauseMs = Math.min(lookMostMs, pauseMs * 1.5);
      }
    } finally {
      waiters -= 1;
    }
  };
}

/** The N of `wait=N`, at most 30; null without one. */
export function readWait(header: string | string[] | undefined): number | null {
  const seconds = /(?:^|[,;\s])wait\s*=\s*(?<seconds>\d{1,6})(?:$|[,;\s])/iu.exec([header ?? ''].flat().join(','))
    ?.groups?.['seconds'];
  return seconds === undefined || Number(seconds) === 0 ? null : Math.min(secondsMost, Number(seconds));
}
