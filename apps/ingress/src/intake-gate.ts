import type { IntakeLimit, IntakeVerdict } from '@posthorn/access';
import type { TenantId } from '@posthorn/message';
import type { Problem } from '@posthorn/runtime';
import type { FastifyReply } from 'fastify';
import { batchOverLimit, rateLimited } from './problems.ts';

/** Takes so many messages off the tenant's limit. The problem to answer with, or null when they may come in. */
export type IntakeGate = (tenantId: TenantId, messages: number, reply: FastifyReply) => Promise<Problem | null>;

/** Tells the limit in the headers of draft-ietf-httpapi-ratelimit-headers-11 (read 2026-11), and in Retry-After where it is reached. */
export function createIntakeGate(limit: IntakeLimit): IntakeGate {
  return async (tenantId, messages, reply) => {
    const verdict = await limit.take(tenantId, messages);
    switch (verdict.kind) {
      case 'unlimited':
        return null;
      case 'never':
        reply.header('ratelimit-policy', policyOf(verdict));
        return batchOverLimit(verdict.quota);
      case 'ok':
      case 'over': {
        const seconds = secondsOf(verdict.retryAfterMs);
        reply.header('ratelimit-policy', policyOf(verdict));
        reply.header('ratelimit', `"messages";r=${verdict.remaining};t=${seconds}`);
        if (verdict.kind === 'ok') return null;
        reply.header('retry-after', String(Math.max(1, seconds)));
        return rateLimited(verdict.quota, secondsOf(verdict.perMs));
      }
      default:
        return verdict satisfies never;
    }
  };
}

function policyOf({ quota, perMs }: Extract<IntakeVerdict, { readonly quota: number }>): string {
  return `"messages";q=${quota};w=${secondsOf(perMs)}`;
}

function secondsOf(ms: number): number {
  return Math.ceil(ms / 1000);
}
