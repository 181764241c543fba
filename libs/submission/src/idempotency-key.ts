import { z } from 'zod';

const pattern = /^[!-~]{1,255}$/u;

/** Whether a text may be an idempotency key: 1 to 255 visible ASCII characters. */
export function isIdempotencyKey(text: string): boolean {
  return pattern.test(text);
}

/** The key of one message of a batch. */
export const itemKeySchema = z
  .string()
  .regex(pattern, 'expected 1 to 255 visible ASCII characters')
  .optional()
  .meta({ description: 'As the header of a single request. Without it, the header’s key and the position count.' });
