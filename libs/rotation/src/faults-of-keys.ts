import type { KeyUse } from './key-register.ts';

/** What is wrong with the keys given here, in whole sentences with what to do; empty: nothing. No key is shown. */
export function faultsOfKeys({ keys, isLookupKeyTheSame }: KeyUse): readonly string[] {
  const faults = keys.flatMap(({ id, here }): string[] => {
    switch (here) {
      case 'missing':
        return [
          `The key "${id}" is not in POSTHORN_SEALING_KEYS, but in use: what it sealed cannot be opened here. ` +
            'Put it back behind the first one, in every app; "posthorn secrets rotate" says when it may go.',
        ];
      case 'another':
        return [
          `The key "${id}" in POSTHORN_SEALING_KEYS is another one than the fleet uses under that id. ` +
            'Put the fleet’s key there, and give a new key an id of its own.',
        ];
      case 'first':
      case 'behind':
        return [];
      default:
        return here satisfies never;
    }
  });
  if (isLookupKeyTheSame === false) {
    faults.push(
      'POSTHORN_LOOKUP_KEY is another one than the fleet uses: messages are not found by number, nor statuses matched. ' +
        'It must be the same in every app, for ever: put the former one back.',
    );
  }
  return faults;
}
