import type { Activation, Exchange, Ledger } from '@posthorn/ledger';
import type { Clock } from '@posthorn/runtime';

type Disposition = Parameters<Ledger['record']>[2];

/** A claim that was granted here, and what came of it. */
export interface RememberedClaim {
  readonly activation: Activation;
  readonly token: string;
  readonly attempt: number;
  /** Null: its call is under way. */
  readonly result: { readonly disposition: Disposition; readonly exchange: Exchange } | null;
}

/** What one worker process knows of its own last claims, in case Redis forgets them. */
export interface ClaimMemory {
  readonly claimed: (claim: Omit<RememberedClaim, 'result'>) => void;
  /** Before the result is told to Redis: it may never arrive there. */
  readonly ended: (token: string, result: NonNullable<RememberedClaim['result']>) => void;
  /** Redis has the result, as far as it says. From here on it is kept for `keepMs`. */
  readonly told: (token: string) => void;
  readonly all: () => readonly RememberedClaim[];
}

/** Keeps open claims until they end, and ended ones for `keepMs`, but never more than `most` of those: the oldest go first. */
export function createClaimMemory({
  clock,
  keepMs,
  most,
}: {
  readonly clock: Clock;
  readonly keepMs: number;
  readonly most: number;
}): ClaimMemory {
  const openByToken = new Map<string, RememberedClaim>();
  /** Oldest first: a Map keeps the order in which things were put in. */
  const toldByToken = new Map<string, { readonly claim: RememberedClaim; readonly atMs: number }>();

  function forgetOld(): void {
    const before = clock.now() - keepMs;
    for (const [token, { atMs }] of toldByToken) {
      if (atMs > before && toldByToken.size <= most) return;
      toldByToken.delete(token);
    }
  }

  return {
    claimed: (claim) => {
      openByToken.set(claim.token, { ...claim, result: null });
    },
    ended: (token, result) => {
      const claim = openByToken.get(token);
      if (claim !== undefined) openByToken.set(token, { ...claim, result });
    },
    told: (token) => {
      const claim = openByToken.get(token);
      if (claim === undefined) return;
      openByToken.delete(token);
      toldByToken.set(token, { claim, atMs: clock.now() });
      forgetOld();
    },
    all: () => {
      forgetOld();
      return [...[...toldByToken.values()].map(({ claim }) => claim), ...openByToken.values()];
    },
  };
}
