import type { Clock } from '@posthorn/runtime';

/** Slows down who guesses passwords. */
export interface LoginLimit {
  /** How long this address has to wait before its next try is looked at; 0: not at all. */
  readonly waitMs: (address: string) => number;
  readonly failed: (address: string) => void;
  readonly succeeded: (address: string) => void;
}

/** So many tries may fail within the window; addresses are forgotten with it, and beyond `addressesMax` the oldest first. */
const defaults = { failuresMax: 10, windowMs: 60_000, addressesMax: 1_000 } as const;

/**
 * Counts failed logins per address. While an address waits even the right password is refused, or guessing would go on:
 * behind a proxy, which gives all of them one address, that is a price the others pay for at most a minute.
 */
export function createLoginLimit({
  clock,
  ...limits
}: { readonly clock: Clock } & Partial<typeof defaults>): LoginLimit {
  const { failuresMax, windowMs, addressesMax } = { ...defaults, ...limits };
  const triesByAddress = new Map<string, { readonly untilMs: number; readonly failures: number }>();

  const current = (address: string) => {
    const tries = triesByAddress.get(address);
    if (tries !== undefined && tries.untilMs > clock.now()) return tries;
    triesByAddress.delete(address);
    return null;
  };

  return {
    waitMs: (address) => {
      const tries = current(address);
      return tries === null || tries.failures < failuresMax ? 0 : tries.untilMs - clock.now();
    },
    failed: (address) => {
      const tries = current(address) ?? { untilMs: clock.now() + windowMs, failures: 0 };
      triesByAddress.set(address, { ...tries, failures: tries.failures + 1 });
      const [oldest] = triesByAddress.keys();
      if (triesByAddress.size > addressesMax && oldest !== undefined) triesByAddress.delete(oldest);
    },
    succeeded: (address) => void triesByAddress.delete(address),
  };
}
