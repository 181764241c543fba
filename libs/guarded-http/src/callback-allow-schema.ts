import { z } from 'zod';
import { parseAllowList } from './parse-allow-list.ts';

/** What the demo allows: its own machine. */
export const loopbackAllow: readonly string[] = ['127.0.0.0/8', '::1/128'];

const error = 'expected addresses, CIDR ranges or host names with commas between, such as 10.20.0.0/16,hooks.internal';

/** `POSTHORN_CALLBACK_ALLOW`: what callbacks and media links may reach although it is not public. Default: nothing. */
export const callbackAllowSchema = z
  .string({ error })
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .refine((entries) => parseAllowList(entries).faults.length === 0, { error });
