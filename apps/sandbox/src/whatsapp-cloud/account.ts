import { z } from 'zod';

const links = z.record(z.string().min(1), z.union([z.literal(131052), z.literal(131053)]));

/** One business phone number, with the account and app it belongs to. */
export const accountSchema = z.strictObject({
  phoneNumberId: z.string().regex(/^\d{1,32}$/, 'expected digits'),
  wabaId: z.string().regex(/^\d{1,32}$/, 'expected digits'),
  displayPhoneNumber: z.string().regex(/^[+\d() -]{5,25}$/, 'expected a phone number'),
  accessToken: z.string().min(1),
  appId: z.string().min(1),
  appSecret: z.string().min(1),
  webhook: z
    .strictObject({ url: z.url({ protocol: /^https?$/ }), verifyToken: z.string().min(1) })
    .nullable()
    .default(null),
  /** "Require app secret": every call needs `appsecret_proof`. */
  requireProof: z.boolean().default(false),
  /** Whether the number was registered; one that was not may not send (133010). */
  registered: z.boolean().default(true),
  /** Of two-step verification; `null`: none yet, and the first one that registers sets it. */
  pin: z
    .string()
    .regex(/^\d{6}$/, 'expected six digits')
    .nullable()
    .default(null),
  /** Messages in any second before 130429; `null`: no limit. Meta starts at 80. */
  pacePerSecond: z.number().int().min(1).nullable().default(80),
  /** One message per 6 s to one user, bursts up to 45, else 131056. */
  pairLimits: z.boolean().default(false),
  /** A test number: only to these recipients, else 131030. */
  allowList: z.array(z.string()).nullable().default(null),
  /** Outside 24 h after the user wrote, everything but templates fails later with 131047. */
  customerWindow: z.boolean().default(false),
  /** Links whose host ends so cannot be fetched: the message fails later with this code. */
  failingLinks: links.default({ 'unreachable.example.test': 131052, 'wrong-type.example.test': 131053 }),
});

export type Account = z.output<typeof accountSchema>;
export type AccountInput = z.input<typeof accountSchema>;

/** Digits of a phone number as people write it. */
export function digitsOf(phone: string): string {
  return phone.replaceAll(/\D/g, '');
}
