import { z } from 'zod';

const number = z.string().regex(/^\+[1-9]\d{4,14}$/, 'expected a phone number like +15552223333');
const sidOf = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `expected ${prefix} and 32 digits`);
const callUrl = z.url({ protocol: /^https?$/ });

/** One WhatsApp sender, with the account it belongs to. */
export const accountSchema = z.strictObject({
  sender: number,
  accountSid: sidOf('AC'),
  /** The primary token: calls may use it, webhooks are signed with it. */
  authToken: z.string().min(1),
  apiKeys: z.array(z.strictObject({ sid: sidOf('SK'), secret: z.string().min(1) })).default([]),
  messagingServiceSids: z.array(sidOf('MG')).default([]),
  /** Where messages of people go, and statuses of messages without a StatusCallback. `#rc=3&rp=all` behind it is obeyed. */
  webhookUrl: callUrl.nullable().default(null),
  statusCallbackUrl: callUrl.nullable().default(null),
  /** `sandbox`: one message per 3 s, and only to those who joined. */
  environment: z.enum(['production', 'sandbox']).default('production'),
  /** Messages per second that leave; the others wait. Default: 80, and one per 3 s in the sandbox. `null`: no limit. */
  pacePerSecond: z.number().positive().nullable().optional(),
  /** Messages that may wait for their turn, before 21611. */
  queueMax: z.number().int().min(0).default(1000),
  /** In the sandbox: who joined, besides those who wrote `join …` in the last 72 hours. */
  joined: z.array(number).default([]),
  /** Outside 24 h after the user wrote, everything but contents with an approval fails later with 63016. */
  customerWindow: z.boolean().default(false),
  /** Contents by SID: how many variables they have, and whether WhatsApp approved them. `null`: any content will do. */
  contents: z
    .record(sidOf('HX'), z.strictObject({ variables: z.number().int().min(0), approved: z.boolean().default(true) }))
    .nullable()
    .default(null),
  /** Links whose host ends so cannot be fetched: the message fails later with this code. */
  failingLinks: z
    .record(z.string().min(1), z.number().int())
    .default({ 'unreachable.example.test': 63019, 'wrong-type.example.test': 63021 }),
});

export type Account = z.output<typeof accountSchema>;
export type AccountInput = z.input<typeof accountSchema>;

/** Messages per second that leave, or null. */
export function paceOf({ environment, pacePerSecond }: Account): number | null {
  if (pacePerSecond !== undefined) return pacePerSecond;
  return environment === 'sandbox' ? 1 / 3 : 80;
}
