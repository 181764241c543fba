import type { Ledger } from '@posthorn/ledger';

type Claims = Pick<Ledger, 'claim' | 'record'>;

/** The same claims and records, and of how many claims only this process knows what became of them: granted, and not recorded yet. */
export function countClaims(ledger: Claims): Claims & { readonly underWay: () => number } {
  const open = new Set<string>();
  return {
    claim: async (...given) => {
      const claim = await ledger.claim(...given);
      if (claim.kind === 'go') open.add(claim.token);
      return claim;
    },
    record: async (activation, token, ...rest) => {
      try {
        return await ledger.record(activation, token, ...rest);
      } finally {
        open.delete(token);
      }
    },
    underWay: () => open.size,
  };
}
