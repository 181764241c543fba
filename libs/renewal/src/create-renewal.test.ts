import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TokenOutcome } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { createRenewal, type RenewalDeps, type RenewalReport, type RenewalState } from './create-renewal.ts';
import { createTokenCache } from './create-token-cache.ts';

interface Channel {
  readonly id: string;
  readonly credentials: string;
  readonly revision: string;
}
const channel: Channel = { id: 'a', credentials: 'c1', revision: 'r1' };
const reply: HttpReply = { kind: 'answered', status: 200, headers: {}, body: {}, text: '', durationMs: 3 };
const empty: RenewalState = { token: null, version: 0, failures: 0, notBeforeMs: 0, refused: null };
const issued = (token: string, lifeMs = 3_600_000): TokenOutcome => ({ kind: 'issued', token, lifeMs });
const unavailable: TokenOutcome = { kind: 'unavailable', problem: { code: 'http_503' } };
const refused: TokenOutcome = { kind: 'refused', problem: { code: 'invalid_client' } };

let nowMs: number;
let state: RenewalState;
let lock: string | null;
let calls: number;
let reports: RenewalReport[];
let refusals: number;
/** What the issuer says next; the last one again and again. */
let says: TokenOutcome[];
/** Runs while the issuer is asked. */
let during: () => Promise<void>;

beforeEach(() => {
  nowMs = 1_000_000;
  state = empty;
  lock = null;
  calls = 0;
  reports = [];
  refusals = 0;
  says = [issued('t1')];
  during = async () => await Promise.resolve();
});

/** A store in memory, with the promises of the real one. */
const store: RenewalDeps<Channel>['store'] = {
  read: async () => await Promise.resolve(state),
  store: async (_, replaces, token) => {
    if (replaces !== state.version) return await Promise.resolve({ kind: 'newer' as const });
    const version = state.version + 1;
    state = { ...empty, version, token: { ...token, version } };
    return await Promise.resolve({ kind: 'stored' as const, version });
  },
  fail: async (_, notBeforeMs, refusedRevision) => {
    state = { ...state, failures: state.failures + 1, notBeforeMs, refused: refusedRevision };
    await Promise.resolve();
  },
  lock: async (_, owner) => {
    const isFree = lock === null;
    if (isFree) lock = owner;
    return await Promise.resolve(isFree);
  },
  unlock: async (_, owner) => {
    if (lock === owner) lock = null;
    await Promise.resolve();
  },
};

let owners = 0;
function renewer() {
  return createRenewal<Channel>({
    source: () => ({
      request: { operation: 'token', method: 'POST', url: 'http://127.0.0.1/token' },
      toToken: () => (says.length > 1 ? says.shift() : says[0]) ?? unavailable,
    }),
    credentials: (of) => of.credentials,
    revision: (of) => of.revision,
    store,
    http: async () => {
      calls += 1;
      await during();
      return reply;
    },
    clock: { now: () => nowMs },
    random: () => 0,
    newOwner: () => `owner-${(owners += 1)}`,
    refuse: async () => {
      refusals += 1;
      await Promise.resolve();
    },
    report: (_, report) => void reports.push(report),
  });
}

describe('renewal', () => {
  it('asks for a token where there is none, and not again until it is due', async () => {
    const renewal = renewer();
    expect(await renewal.renewIfDue(channel)).toMatchObject({ kind: 'token', renewed: true, token: { token: 't1' } });
    expect(state.token).toMatchObject({ expiresAtMs: 4_600_000, dueAtMs: 4_600_000 - 720_000, credentials: 'c1' });
    nowMs = 4_600_000 - 720_001;
    expect(await renewal.renewIfDue(channel)).toMatchObject({ kind: 'token', renewed: false });
    expect(calls).toBe(1);
    nowMs += 1;
    says = [issued('t2')];
    expect(await renewal.renewIfDue(channel)).toMatchObject({ kind: 'token', renewed: true, token: { version: 2 } });
    expect(calls).toBe(2);
    expect(lock).toBeNull();
  });

  it('measures life from the moment before the request', async () => {
    during = async () => {
      nowMs += 9_000;
      await Promise.resolve();
    };
    await renewer().renewIfDue(channel);
    expect(state.token?.expiresAtMs).toBe(1_000_000 + 3_600_000);
  });

  it('makes one call, however many want a token at once', async () => {
    const gate = Promise.withResolvers<void>();
    during = async () => await gate.promise;
    const ends = [renewer(), renewer(), renewer(), renewer()].map(async (each) => await each.renewIfDue(channel));
    const others = await Promise.race(ends);
    expect(others).toEqual({ kind: 'later', afterMs: 250 });
    gate.resolve();
    const kinds = (await Promise.all(ends)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['later', 'later', 'later', 'token']);
    expect(calls).toBe(1);
    expect(await renewer().renewIfDue(channel)).toMatchObject({ kind: 'token', renewed: false });
  });

  it('throws its token away where a faster one was stored after its lock ran out', async () => {
    during = async () => {
      during = async () => await Promise.resolve();
      lock = null;
      says = [issued('fast'), issued('slow')];
      await renewer().renewIfDue(channel);
    };
    expect(await renewer().renewIfDue(channel)).toEqual({ kind: 'later', afterMs: 1 });
    expect(state.token).toMatchObject({ token: 'fast', version: 1 });
    expect(reports.map(({ outcome }) => outcome)).toEqual(['renewed', 'superseded']);
  });

  it('backs off while the issuer is unavailable, for the whole fleet, and keeps the old token', async () => {
    await renewer().renewIfDue(channel);
    nowMs = state.token?.dueAtMs ?? 0;
    says = [unavailable];
    expect(await renewer().renewIfDue(channel)).toEqual({ kind: 'later', afterMs: 500 });
    expect(await renewer().renewIfDue(channel)).toEqual({ kind: 'later', afterMs: 500 });
    expect(calls).toBe(2);
    expect(renewer().dueAtMs(channel, state)).toBe(nowMs + 500);
    nowMs += 500;
    expect(await renewer().renewIfDue(channel)).toEqual({ kind: 'later', afterMs: 1_000 });
    expect(state.token?.token).toBe('t1');
    nowMs += 1_000;
    says = [issued('t2')];
    expect(await renewer().renewIfDue(channel)).toMatchObject({ kind: 'token', renewed: true });
    expect(state).toMatchObject({ failures: 0, token: { token: 't2' } });
  });

  it('asks no more once the credentials are refused, until the channel is stored anew', async () => {
    says = [refused, issued('t1')];
    expect(await renewer().renewIfDue(channel)).toEqual({ kind: 'refused' });
    expect(await renewer().renewIfDue(channel)).toEqual({ kind: 'refused' });
    expect([calls, refusals]).toEqual([1, 1]);
    expect(renewer().dueAtMs(channel, state)).toBeNull();
    // The same credentials again: someone put them right at the issuer.
    const stored = { ...channel, revision: 'r2' };
    expect(await renewer().renewIfDue(stored)).toMatchObject({ kind: 'token', renewed: true });
  });

  it('does not use the token of other credentials', async () => {
    await renewer().renewIfDue(channel);
    says = [issued('t2')];
    const other = { ...channel, credentials: 'c2', revision: 'r2' };
    expect(await renewer().renewIfDue(other)).toMatchObject({ kind: 'token', renewed: true, token: { token: 't2' } });
  });

  it('replaces a refused token once: who comes later with the same version gets the new one', async () => {
    await renewer().renewIfDue(channel);
    says = [issued('t2')];
    expect(await renewer().replace(channel, 1)).toMatchObject({ kind: 'token', renewed: true, token: { version: 2 } });
    expect(await renewer().replace(channel, 1)).toMatchObject({ kind: 'token', renewed: false, token: { version: 2 } });
    expect(calls).toBe(2);
  });
});

describe('the cache of tokens', () => {
  let reads: number;
  beforeEach(() => {
    reads = 0;
  });
  const cache = () =>
    createTokenCache<Channel>({
      renewal: renewer(),
      read: async () => {
        reads += 1;
        return await store.read(channel);
      },
      idOf: ({ id }) => id,
      credentials: ({ credentials }) => credentials,
      clock: { now: () => nowMs },
      replaceWithinMs: 2_000,
    });

  it('does not look at the store while the token is fresh', async () => {
    const tokens = cache();
    const first = await Promise.all([tokens.get(channel), tokens.get(channel), tokens.get(channel)]);
    expect(first).toEqual(Array.from({ length: 3 }, () => ({ kind: 'token', token: 't1', version: 1, renewed: true })));
    nowMs += 2_000_000;
    expect(await tokens.get(channel)).toEqual({ kind: 'token', token: 't1', version: 1, renewed: false });
    expect([calls, reads]).toEqual([1, 1]);
  });

  it('goes on with the old token while it looks for the one that the scheduler stored', async () => {
    const tokens = cache();
    await tokens.get(channel);
    nowMs = (state.token?.dueAtMs ?? 0) + 1_000;
    says = [issued('t2')];
    await renewer().renewIfDue(channel);
    expect(await tokens.get(channel)).toMatchObject({ token: 't1' });
    for (;;) {
      const used = await tokens.get(channel);
      if (used.kind === 'token' && used.token === 't2') break;
    }
    expect(reads).toBe(2);
  });

  it('begins with the stored token, though it is due and the issuer is out of order', async () => {
    await renewer().renewIfDue(channel);
    nowMs = (state.token?.expiresAtMs ?? 0) - 1;
    says = [unavailable];
    expect(await cache().get(channel)).toMatchObject({ kind: 'token', token: 't1', renewed: false });
    expect(calls).toBe(1);
  });

  it('says when to look again where there is none', async () => {
    says = [unavailable];
    expect(await cache().get(channel)).toEqual({ kind: 'later', afterMs: 500 });
    says = [refused];
    nowMs += 500;
    expect(await cache().get(channel)).toEqual({ kind: 'later', afterMs: 60_000 });
  });

  it('asks the issuer once for all sends whose token was refused', async () => {
    const tokens = cache();
    await tokens.get(channel);
    says = [issued('t2')];
    const next = await Promise.all([
      tokens.replace(channel, 1),
      tokens.replace(channel, 1),
      tokens.replace(channel, 1),
    ]);
    expect(next).toEqual(Array.from({ length: 3 }, () => ({ kind: 'token', token: 't2', version: 2, renewed: true })));
    expect(await tokens.replace(channel, 1)).toMatchObject({ version: 2, renewed: false });
    expect(calls).toBe(2);
  });

  it('tells that the credentials are refused, too', async () => {
    const tokens = cache();
    await tokens.get(channel);
    says = [refused];
    expect(await tokens.replace(channel, 1)).toBeNull();
  });
});
