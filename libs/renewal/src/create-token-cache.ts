import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@posthorn/runtime';
import type { Renewal, RenewalEnd, RenewalState, RenewedToken } from './create-renewal.ts';

/** A token for a call, and the version that a refusal names. */
export type UsedToken =
  | { readonly kind: 'token'; readonly token: string; readonly version: number; readonly renewed: boolean }
  /** None for now; look again after so many ms. */
  | { readonly kind: 'later'; readonly afterMs: number };

export interface TokenCacheDeps<Channel> {
  readonly renewal: Renewal<Channel>;
  readonly read: (channel: Channel) => Promise<RenewalState>;
  readonly idOf: (channel: Channel) => string;
  readonly credentials: (channel: Channel) => string;
  readonly clock: Clock;
  /** How long a refused token waits for another one, in ms. Default: 5 s. */
  readonly replaceWithinMs?: number;
}

/** The tokens of a process' channels, in memory. */
export interface TokenCache<Channel> {
  /** The channel's token; a look at the store only where it is missing, has ended, or should have been renewed by now. */
  readonly get: (channel: Channel) => Promise<UsedToken>;
  /** Another token than that version, which the provider refused. Null: the issuer refuses the channel's credentials, too. */
  readonly replace: (channel: Channel, used: number) => Promise<UsedToken | null>;
}

interface Kept {
  readonly token: RenewedToken;
  lookAtMs: number;
}

const replaceWithinDefaultMs = 5_000;
/** A channel whose credentials are refused is paused; what runs all the same looks again that much later. */
const refusedMs = 60_000;
const lookMs = 1_000;

/**
 * Keeps tokens in memory. One that should have been renewed by now is looked up beside the work, and used until its end. Only where
 * there is none at all does the worker ask the issuer by itself: renewal ahead of time is the scheduler's. Looks and renewals of one
 * channel are made once, however many sends wait for them.
 */
export function createTokenCache<Channel>(deps: TokenCacheDeps<Channel>): TokenCache<Channel> {
  const { renewal, clock, replaceWithinMs = replaceWithinDefaultMs } = deps;
  const keptById = new Map<string, Kept>();
  const underWay = new Map<string, Promise<RenewalEnd>>();

  const once = async (key: string, work: () => Promise<RenewalEnd>): Promise<RenewalEnd> => {
    const known = underWay.get(key);
    if (known !== undefined) return await known;
    const started = work().finally(() => underWay.delete(key));
    underWay.set(key, started);
    return await started;
  };

  const keep = (channel: Channel, token: RenewedToken): void => {
    keptById.set(deps.idOf(channel), { token, lookAtMs: Math.min(token.dueAtMs + lookMs, token.expiresAtMs) });
  };

  const isUsable = (channel: Channel, token: RenewedToken): boolean =>
    token.expiresAtMs > clock.now() && token.credentials === deps.credentials(channel);

  const keptOf = (channel: Channel): Kept | null => {
    const kept = keptById.get(deps.idOf(channel));
    return kept !== undefined && isUsable(channel, kept.token) ? kept : null;
  };

  /** What is stored, due or not: renewing it ahead of its end is not for the worker. Only without any it asks for one. */
  const storedOrNew = async (channel: Channel): Promise<RenewalEnd> => {
    const { token } = await deps.read(channel);
    if (token !== null && isUsable(channel, token)) return { kind: 'token', token, renewed: false };
    return await renewal.renewIfDue(channel);
  };

  const lookBeside = (channel: Channel, kept: Kept): void => {
    const nowMs = clock.now();
    kept.lookAtMs = nowMs + Math.min(lookMs, Math.max(1, (kept.token.expiresAtMs - nowMs) / 4));
    deps
      .read(channel)
      .then(({ token }) => {
        if (token !== null && token.version !== kept.token.version && isUsable(channel, token)) keep(channel, token);
      })
      // Redis is away: the token in hand is used until its end, and the next look is near.
      .catch(() => undefined);
  };

  return {
    get: async (channel) => {
      const kept = keptOf(channel);
      if (kept !== null) {
        if (clock.now() >= kept.lookAtMs) lookBeside(channel, kept);
        return toUsed(kept.token, false);
      }
      const end = await once(deps.idOf(channel), async () => await storedOrNew(channel));
      if (end.kind !== 'token') return { kind: 'later', afterMs: end.kind === 'later' ? end.afterMs : refusedMs };
      keep(channel, end.token);
      return toUsed(end.token, end.renewed);
    },
    replace: async (channel, used) => {
      const kept = keptOf(channel);
      if (kept !== null && kept.token.version !== used) return toUsed(kept.token, false);
      const end = await once(`${deps.idOf(channel)} ${used}`, async () => await replaceSoon(channel, used));
      if (end.kind === 'refused') return null;
      if (end.kind === 'later') return end;
      keep(channel, end.token);
      return toUsed(end.token, end.renewed);
    },
  };

  /** While another process asks for it, or the issuer's backoff is short, the new token is waited for. */
  async function replaceSoon(channel: Channel, used: number): Promise<RenewalEnd> {
    const untilMs = clock.now() + replaceWithinMs;
    for (;;) {
      const end = await renewal.replace(channel, used);
      if (end.kind !== 'later' || clock.now() + end.afterMs > untilMs) return end;
      await sleep(end.afterMs);
    }
  }
}

function toUsed({ token, version }: RenewedToken, renewed: boolean): UsedToken {
  return { kind: 'token', token, version, renewed };
}
