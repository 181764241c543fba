import { z } from 'zod';
import { judgeKey } from './judge-key.ts';
import { parseKeys, parseLookupKey } from './key-ring.ts';

/**
 * The variables that hold the keys, for an app's configuration: checked with everything else, not at first use. What seals must not be
 * guessable; a key behind it that only opens may be, or nobody could rotate away from it.
 */
export const sealingVariables = {
  /** `id:base64` of 32 bytes each, separated by commas; the first one seals, all of them open. */
  POSTHORN_SEALING_KEYS: z.string().superRefine(
    checkedBy((text) => {
      const [[id, key] = []] = parseKeys(text);
      if (id !== undefined && key !== undefined) refuseGuessable(key, `the key "${id}"`, 'posthorn secrets generate');
    }),
  ),
  /** base64 of 32 bytes; the same in every app, for ever. */
  POSTHORN_LOOKUP_KEY: z
    .string()
    .superRefine(
      checkedBy((text) => refuseGuessable(parseLookupKey(text), 'the key', 'posthorn secrets generate --lookup')),
    ),
};

function refuseGuessable(key: Uint8Array, name: string, command: string): void {
  const fault = judgeKey(key);
  if (fault === null) return;
  throw new Error(`expected a random key, but ${name} ${fault}: who guesses it reads everything. Make one: ${command}`);
}

/** The parser's words, which never show a key, as the fault of the variable. */
function checkedBy(check: (text: string) => unknown) {
  return (text: string, context: z.core.$RefinementCtx<string>): void => {
    try {
      check(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'expected a key' });
    }
  };
}
