import { z } from 'zod';

/** The number of an error: itself, or a text of digits; undefined where it is neither. Never a fault. */
export const errorCodeSchema = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/u)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

/** The words of an error, undefined where they are no text. Never a fault. */
export const errorTextSchema = z.string().optional().catch(undefined);
