import type { UnrecognisedUpdate } from '@posthorn/provider';
import type { Json } from './json.ts';

/** Short for an update that keeps what is not known. `why` holds no values. */
export function unrecognised(address: string | null, why: string, data: Json): UnrecognisedUpdate {
  return { kind: 'unrecognised', address, why, data };
}

/** What is for a number of the account, and names none. */
export function withoutAddress(data: Json): UnrecognisedUpdate {
  return unrecognised(null, 'expected the id of the number or account, came none', data);
}
