import type { BackoffPolicy, ProviderProblem } from '@posthorn/outcome';
import { backoffMs } from '@posthorn/outcome';
import type { TokenSource } from '@posthorn/provider';
import type { Clock, Http, Random } from '@posthorn/runtime';
import { tokenTimes } from './token-times.ts';

/** A token as it is stored. Times in milliseconds since 1970. */
export interface RenewedToken {
  readonly version: number;
  readonly token: string;
  readonly credentials: string;
  readonly expiresAtMs: number;
  readonly dueAtMs: number;
}

/** What the store knows of a channel's token. */
export interface RenewalState {
  readonly token: RenewedToken | null;
  readonly version: number;
  readonly failures: number;
  readonly notBeforeMs: number;
  readonly refused: string | null;
}

/** What became of one renewal, for logs and metrics. Holds nothing of the token. */
export interface RenewalReport {
  /** `superseded`: another process stored one meanwhile; ours is thrown away. */
  readonly outcome: 'renewed' | 'refused' | 'unavailable' | 'superseded';
  readonly problem: ProviderProblem | null;
  readonly durationMs: number;
  readonly expiresAtMs: number | null;
}

export interface RenewalDeps<Channel> {
  readonly source: (channel: Channel) => TokenSource;
  /** Names the credentials of the channel, without showing them: another name after every change of them. */
  readonly credentials: (channel: Channel) => string;
  /** Another one after every change of the channel, also where the same credentials were stored again. */
  readonly revision: (channel: Channel) => string;
  readonly store: {
    readonly read: (channel: Channel) => Promise<RenewalState>;
    readonly store: (
      channel: Channel,
      replaces: number,
      token: Omit<RenewedToken, 'version'>,
    ) => Promise<{ readonly kind: 'stored'; readonly version: number } | { readonly kind: 'newer' }>;
    readonly fail: (channel: Channel, notBeforeMs: number, refused: string | null) => Promise<void>;
    readonly lock: (channel: Channel, owner: string, limitMs: number) => Promise<boolean>;
    readonly unlock: (channel: Channel, owner: string) => Promise<void>;
  };
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  /** A name nobody else has, for the lock. */
  readonly newOwner: () => string;
  /** The issuer refuses the channel's credentials: nothing changes until someone stores others. */
  readonly refuse: (channel: Channel, problem: ProviderProblem) => Promise<void>;
  readonly report: (channel: Channel, report: RenewalReport) => void;
  /** How long one token call may take at most, in ms. Default: 10 s. */
  readonly timeoutMs?: number;
  /** Between tries while the issuer is unavailable. Default: 1 s doubling up to 60 s. */
  readonly backoff?: BackoffPolicy;
}

/** How a look at a channel's token ended. */
export type RenewalEnd =
  /** This one is good: it was, or it is new (`renewed`: we asked for it just now). */
  | { readonly kind: 'token'; readonly token: RenewedToken; readonly renewed: boolean }
  /** None yet; look again after so many ms: the issuer was unavailable, or another process asks it now. */
  | { readonly kind: 'later'; readonly afterMs: number }
  /** The issuer refuses these credentials. */
  | { readonly kind: 'refused' };

export interface Renewal<Channel> {
  /** Renews the token if it is due, ended, of other credentials, or missing. */
  readonly renewIfDue: (channel: Channel) => Promise<RenewalEnd>;
  /** Renews the token unless one with another version than `used` (which the provider refused) is stored already. */
  readonly replace: (channel: Channel, used: number) => Promise<RenewalEnd>;
  /** When the next look is due, in milliseconds since 1970; null: not before the credentials change. */
  readonly dueAtMs: (channel: Channel, state: RenewalState) => number | null;
}

const timeoutDefaultMs = 10_000;
const timeoutMinMs = 1_000;
/** The lock outlives a call that takes as long as it may: the answer has to be stored, too. */
const lockFactor = 1.5;
const busyLookMs = 250;
const backoffDefault: BackoffPolicy = { baseMs: 1_000, capMs: 60_000 };

/**
 * Renews tokens: one call at a time per channel, over all processes. The old token stays in use until the new one is stored. Whoever
 * finds the lock taken looks again later; a slow owner, whose lock ran out, cannot replace a newer token. A failed call is noted where
 * all processes see it, so that the backoff is the fleet's and not one process's.
 */
export function createRenewal<Channel>(deps: RenewalDeps<Channel>): Renewal<Channel> {
  const { store, clock, timeoutMs = timeoutDefaultMs, backoff = backoffDefault } = deps;

  /** The stored token, if it is for the channel's credentials and has not ended. */
  const usable = (channel: Channel, { token }: RenewalState): RenewedToken | null =>
    token !== null && token.credentials === deps.credentials(channel) && token.expiresAtMs > clock.now() ? token : null;

  async function renew(channel: Channel, isGood: (token: RenewedToken) => boolean): Promise<RenewalEnd> {
    const before = await look(channel, isGood);
    if (before.end !== null) return before.end;
    const owner = deps.newOwner();
    const callMs = callTimeMs(channel, before.state);
    const limitMs = Math.ceil(callMs * lockFactor);
    if (!(await store.lock(channel, owner, limitMs))) return { kind: 'later', afterMs: busyLookMs };
    try {
      // Whoever had the lock until now may have done it.
      const { end, state } = await look(channel, isGood);
      return end ?? (await ask(channel, state, callMs));
    } finally {
      await store.unlock(channel, owner);
    }
  }

  /** No end: it is for us to ask. */
  async function look(
    channel: Channel,
    isGood: (token: RenewedToken) => boolean,
  ): Promise<{ readonly end: RenewalEnd | null; readonly state: RenewalState }> {
    const state = await store.read(channel);
    const token = usable(channel, state);
    if (token !== null && isGood(token)) return { end: { kind: 'token', token, renewed: false }, state };
    if (state.refused === deps.revision(channel)) return { end: { kind: 'refused' }, state };
    const waitMs = state.notBeforeMs - clock.now();
    return { end: waitMs > 0 ? { kind: 'later', afterMs: waitMs } : null, state };
  }

  /** A call may take half of what is left of the old token: a process that dies in it must not keep the lock beyond its end. */
  function callTimeMs(channel: Channel, state: RenewalState): number {
    const token = usable(channel, state);
    return token === null
      ? timeoutMs
      : Math.min(timeoutMs, Math.max(timeoutMinMs, (token.expiresAtMs - clock.now()) / 2));
  }

  async function ask(channel: Channel, state: RenewalState, callMs: number): Promise<RenewalEnd> {
    const source = deps.source(channel);
    const credentials = deps.credentials(channel);
    // Life is measured from here: what the call takes is already gone when the token comes.
    const askedAtMs = clock.now();
    const reply = await deps.http({ ...source.request, timeoutMs: Math.round(callMs) });
    const outcome = source.toToken(reply);
    const report = (said: RenewalReport['outcome'], problem: ProviderProblem | null, expiresAtMs: number | null) =>
      deps.report(channel, { outcome: said, problem, durationMs: reply.durationMs, expiresAtMs });
    switch (outcome.kind) {
      case 'issued': {
        const times = tokenTimes(askedAtMs, outcome.lifeMs, deps.random());
        const token = { token: outcome.token, credentials, ...times };
        const stored = await store.store(channel, state.version, token);
        report(stored.kind === 'stored' ? 'renewed' : 'superseded', null, times.expiresAtMs);
        if (stored.kind === 'newer') return { kind: 'later', afterMs: 1 };
        return { kind: 'token', token: { ...token, version: stored.version }, renewed: true };
      }
      case 'refused':
        await store.fail(channel, clock.now(), deps.revision(channel));
        report('refused', outcome.problem, null);
        await deps.refuse(channel, outcome.problem);
        return { kind: 'refused' };
      case 'unavailable': {
        const afterMs = Math.max(1, Math.round(backoffMs(state.failures + 1, deps.random(), backoff)));
        await store.fail(channel, clock.now() + afterMs, null);
        report('unavailable', outcome.problem, null);
        return { kind: 'later', afterMs };
      }
      default:
        return outcome satisfies never;
    }
  }

  return {
    renewIfDue: async (channel) => await renew(channel, (token) => token.dueAtMs > clock.now()),
    replace: async (channel, used) => await renew(channel, (token) => token.version !== used),
    dueAtMs: (channel, state) => {
      if (state.refused === deps.revision(channel)) return null;
      return Math.max(usable(channel, state)?.dueAtMs ?? 0, state.notBeforeMs);
    },
  };
}
