import type { UnrecognisedUpdate } from '@posthorn/provider';
import type { Json } from './json.ts';

/** Short for an update that keeps what is not known. `why` holds no values. */
export function unrecognised(why: string, data: Json): UnrecognisedUpdate {
  return { kind: 'unrecognised', address: null, why, data };
}
