import { z } from 'zod';
import { parseKeys, parseLookupKey } from './key-ring.ts';

/** The variables that hold the keys, for an app's configuration: their form is checked with everything else, not at first use. */
export const sealingVariables = {
  /** `id:base64` of 32 bytes each, separated by commas; the first one seals, all of them open. */
  POSTHORN_SEALING_KEYS: z.string().superRefine(checkedBy(parseKeys)),
  /** base64 of 32 bytes; the same in every app, for ever. */
  POSTHORN_LOOKUP_KEY: z.string().superRefine(checkedBy(parseLookupKey)),
};

/** The parser's words, which never show a key, as the fault of the variable. */
function checkedBy(parse: (text: string) => unknown) {
  return (text: string, context: z.core.$RefinementCtx<string>): void => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'expected a key' });
    }
  };
}
