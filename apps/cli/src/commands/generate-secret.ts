import { randomBytes } from 'node:crypto';
import { systemClock } from '@posthorn/runtime';
import { json, type Terminal } from '../terminal.ts';

/** `posthorn secrets generate`: a new key on the standard output, what to do with it on the standard error. Nothing is stored. */
export function generateSecret(
  terminal: Terminal,
  options: { readonly id?: string; readonly lookup: boolean; readonly json: boolean },
): void {
  const key = randomBytes(32).toString('base64');
  if (options.lookup) {
    if (options.json) json(terminal, { key });
    else {
      terminal.out(key);
      terminal.err('For POSTHORN_LOOKUP_KEY of a new installation: the same in every app, for ever.');
    }
    return;
  }
  const id = options.id ?? newId();
  if (options.json) json(terminal, { id, key, sealingKey: `${id}:${key}` });
  else {
    terminal.out(`${id}:${key}`);
    terminal.err(
      'For POSTHORN_SEALING_KEYS: behind the present key first, in every app; docs/operations/secrets.md has the steps. Keep it: nothing stores it.',
    );
  }
}

/** The day it was made, and a little chance: two of one day differ. */
function newId(): string {
  const day = new Date(systemClock.now()).toISOString().slice(0, 10).replaceAll('-', '');
  return `k${day}-${randomBytes(2).toString('hex')}`;
}
