import type { Clock, RedisClient } from '@posthorn/runtime';
import { LRUCache } from 'lru-cache';
import { createTakeTokens } from './take-tokens.ts';

/** Whether a tenant may hand in so many messages now. */
export type IntakeVerdict =
  | { readonly kind: 'unlimited' }
  | {
      readonly kind: 'ok' | 'over';
      readonly quota: number;
      readonly perMs: number;
      /** About how many more would be taken now. */
      readonly remaining: number;
      /** Until as many as were asked for would be taken, or, after `ok`, one more. */
      readonly retryAfterMs: number;
    }
  /** More at once than the quota can ever give. */
  | { readonly kind: 'never'; readonly quota: number; readonly perMs: number };

/** Limits what each tenant hands in, over all processes together. */
export interface IntakeLimit {
  readonly take: (tenantId: string, messages: number) => Promise<IntakeVerdict>;
}

interface State {
  /** Null: no limit. */
  limit: { readonly quota: number; readonly perMs: number; readonly lease: number } | null;
  /** Taken from the shared bucket and not used yet. */
  tokens: number;
  tokensAtMs: number;
  /** In the shared bucket, when it was asked. */
  left: number;
  checkedAtMs: number;
  /** Asked for by those who wait. */
  waiting: number;
  asking: Promise<void> | null;
}

const checkMs = 5000;
const tenantsMax = 10_000;

/**
 * Tokens are leased ahead from a bucket in Redis and refilled in the background, so a message on the good path waits for nothing.
 * Who is over is told so from memory: others can only have taken more from the bucket than was seen. Idle copies keep at most a
 * lease each. With Redis away everybody passes: whoever stores the message then knows better.
 */
export function createIntakeLimit(deps: {
  readonly redis: RedisClient;
  readonly clock: Clock;
  /** For tests: the time in the script. Default: RedisClient' own. */
  readonly redisNow?: () => number;
}): IntakeLimit {
  const { redis, clock } = deps;
  const takeTokens = createTakeTokens(redis, deps.redisNow);
  const stateByTenant = new LRUCache<string, State>({ max: tenantsMax });

  /** Asks the shared bucket, one call at a time per tenant. */
  async function ask(tenantId: string, state: State, need: number): Promise<void> {
    if (state.asking !== null) return await state.asking;
    // Before the call: what is estimated from it later is then never too little.
    const askedAtMs = clock.now();
    const withLease = need > 0 || state.limit === null || state.tokens <= state.limit.lease;
    state.asking = takeTokens(tenantId, { need, want: state.waiting - state.tokens, withLease })
      .then((grant) => {
        state.checkedAtMs = askedAtMs;
        if (grant === null) {
          state.limit = null;
          state.tokens = 0;
          return;
        }
        state.limit = grant;
        if (grant.granted > 0) state.tokensAtMs = askedAtMs;
        state.tokens += grant.granted;
        state.left = grant.left;
      })
      .finally(() => void (state.asking = null));
    return await state.asking;
  }

  function askInBackground(tenantId: string, state: State): void {
    // Redis is away: the next who needs a token hears of it.
    ask(tenantId, state, 0).catch(() => {});
  }

  return {
    async take(tenantId, messages) {
      const known = stateByTenant.get(tenantId);
      const state: State = known ?? {
        limit: null,
        tokens: 0,
        tokensAtMs: 0,
        left: 0,
        checkedAtMs: Number.NEGATIVE_INFINITY,
        waiting: 0,
        asking: null,
      };
      if (known === undefined) stateByTenant.set(tenantId, state);
      state.waiting += messages;
      try {
        if (state.checkedAtMs === Number.NEGATIVE_INFINITY) await ask(tenantId, state, 0);
        else if (clock.now() - state.checkedAtMs >= checkMs) askInBackground(tenantId, state);

        for (;;) {
          const verdict = decide(state, messages);
          if (verdict !== null) {
            if (verdict.kind === 'ok' && state.limit !== null && state.tokens <= state.limit.lease / 2)
              askInBackground(tenantId, state);
            return verdict;
          }
          await ask(tenantId, state, messages - state.tokens);
        }
      } catch {
        return { kind: 'unlimited' };
      } finally {
        state.waiting -= messages;
      }
    },
  };

  /** Null when only the shared bucket can tell. */
  function decide(state: State, messages: number): IntakeVerdict | null {
    if (state.limit === null) return { kind: 'unlimited' };
    const { quota, perMs } = state.limit;
    if (messages > quota) return { kind: 'never', quota, perMs };
    const nowMs = clock.now();
    // A lease of long ago is none: with a full bucket besides it would be more than the quota.
    if (nowMs - state.tokensAtMs > perMs) state.tokens = 0;
    const isTaken = state.tokens >= messages;
    if (isTaken) state.tokens -= messages;
    const shared = Math.min(quota, state.left + (Math.max(0, nowMs - state.checkedAtMs) * quota) / perMs);
    const available = state.tokens + shared;
    if (!isTaken && available >= messages) return null;
    const missing = Math.max(0, (isTaken ? 1 : messages) - available);
    return {
      kind: isTaken ? 'ok' : 'over',
      quota,
      perMs,
      remaining: Math.floor(available),
      retryAfterMs: Math.ceil((missing * perMs) / quota),
    };
  }
}
