import { z } from 'zod';

/** Text of `min` to `max` code points. */
export function text(min: number, max: number) {
  return z.string().refine((value) => {
    let characters = 0;
    for (const _ of value) characters += 1;
    return characters >= min && characters <= max;
  }, `size must be between ${min} and ${max}`);
}

export const mediaUrl = z.url({ protocol: /^https?$/ }).max(2048);
export const latitude = z.number().min(-90).max(90);
export const longitude = z.number().min(-180).max(180);
export const anything = z.record(z.string(), z.json());

/** Contacts, as both APIs have them. */
export const contacts = z
  .array(
    z.strictObject({
      name: z.strictObject({
        firstName: z.string().min(1),
        formattedName: z.string().min(1),
        lastName: z.string().optional(),
        middleName: z.string().optional(),
        namePrefix: z.string().optional(),
        nameSuffix: z.string().optional(),
      }),
      phones: z
        .array(
          z.strictObject({
            phone: z.string().optional(),
            type: z.enum(['CELL', 'MAIN', 'IPHONE', 'HOME', 'WORK']).optional(),
            waId: z.string().optional(),
          }),
        )
        .optional(),
      emails: z
        .array(z.strictObject({ email: z.string().optional(), type: z.enum(['HOME', 'WORK']).optional() }))
        .optional(),
      addresses: z
        .array(
          z.strictObject({
            street: z.string().optional(),
            city: z.string().optional(),
            state: z.string().optional(),
            zip: z.string().optional(),
            country: z.string().optional(),
            countryCode: z.string().optional(),
            type: z.enum(['HOME', 'WORK']).optional(),
          }),
        )
        .optional(),
      urls: z
        .array(z.strictObject({ url: z.string().optional(), type: z.enum(['HOME', 'WORK']).optional() }))
        .optional(),
      org: z
        .strictObject({
          company: z.string().optional(),
          department: z.string().optional(),
          title: z.string().optional(),
        })
        .optional(),
      birthday: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/)
        .optional(),
    }),
  )
  .min(1);
