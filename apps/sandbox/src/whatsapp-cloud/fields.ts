import { z } from 'zod';

/** How a fault of a field is told: which code, and the sentence behind "Param x". */
export type FieldParams = { readonly code: 100 | 131008 | 131009; readonly says: string };

const fault = (code: FieldParams['code'], says: string): { params: FieldParams } => ({ params: { code, says } });

/** Meta counts characters as people see code points, not UTF-16 units and not bytes. */
export function characters(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** At most `max` characters, possibly none. */
export function textUpTo(max: number) {
  return z
    .string()
    .refine(
      (value) => value.length <= max || characters(value) <= max,
      fault(100, `must be at most ${max} characters long.`),
    );
}

/** One to `max` characters. */
export function filledText(max: number) {
  return textUpTo(max).refine((value) => value !== '', fault(131008, 'must not be empty.'));
}

/** A check over a whole object. */
export function must<Schema extends z.ZodType>(
  schema: Schema,
  code: FieldParams['code'],
  says: string,
  holds: (value: z.output<Schema>) => boolean,
) {
  return schema.refine(holds, fault(code, says));
}

export const wamid = z.string().regex(/^wamid\..+/);
export const httpUrl = z.url({ protocol: /^https?$/ }).max(2048);
/** A number, or a string holding one. */
export const degrees = (max: number) =>
  z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]).refine((value) => Math.abs(Number(value)) <= max);

export const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length;
