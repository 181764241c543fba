import type { Allowance } from '@posthorn/submission';
import type { FastifyReply } from 'fastify';

/**
 * Tells a tenant's limit in the headers of draft-ietf-httpapi-ratelimit-headers-11 (read 2026-11), and in Retry-After where it is
 * reached.
 */
export function tellAllowance(reply: FastifyReply, allowance: Allowance | null, isOver: boolean): void {
  if (allowance === null) return;
  const { quota, perMs, remaining, retryAfterMs } = allowance;
  reply.header('ratelimit-policy', `"messages";q=${quota};w=${secondsOf(perMs)}`);
  if (remaining === undefined || retryAfterMs === undefined) return;
  const seconds = secondsOf(retryAfterMs);
  reply.header('ratelimit', `"messages";r=${remaining};t=${seconds}`);
  if (isOver) reply.header('retry-after', String(Math.max(1, seconds)));
}

function secondsOf(ms: number): number {
  return Math.ceil(ms / 1000);
}
