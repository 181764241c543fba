import type { KeyUse } from './key-register.ts';

/** What is wrong with a ring, and what to do about it; no key is shown. */
export interface KeyFault {
  readonly says: string;
  readonly remedy: string;
}

/** What is wrong with the keys given here, by what the fleet uses; empty: nothing. */
export function faultsOfKeys({ keys, isLookupKeyTheSame }: KeyUse): readonly KeyFault[] {
  const faults = keys.flatMap(({ id, here }): KeyFault[] => {
    switch (here) {
      case 'missing':
        return [
          {
            says: `the key "${id}" is in use, but not in POSTHORN_SEALING_KEYS: what it sealed cannot be opened here`,
            remedy: 'put it back behind the first one, in every app; "posthorn secrets rotate" says when it may go',
          },
        ];
      case 'another':
        return [
          {
            says: `the key "${id}" in POSTHORN_SEALING_KEYS is another one than the fleet uses under that id`,
            remedy: 'put the fleet’s key there, and give a new key an id of its own',
          },
        ];
      case 'first':
      case 'behind':
        return [];
      default:
        return here satisfies never;
    }
  });
  if (isLookupKeyTheSame === false) {
    faults.push({
      says: 'POSTHORN_LOOKUP_KEY is another one than the fleet uses: nothing is found by number, and statuses find no message',
      remedy: 'put the fleet’s there: it is the same in every app, for ever',
    });
  }
  return faults;
}
