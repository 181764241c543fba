import { z } from 'zod';

const printable = z.string().regex(/^[!-~]{1,512}$/, 'expected visible ASCII characters');

/** One client of Kernel with its WhatsApp number. */
export const accountSchema = z.strictObject({
  clientId: printable,
  clientSecret: printable,
  /** What a token request must ask for, word for word; `null`: anything. */
  scopes: z.string().nullable().default(null),
  purposes: z.string().nullable().default(null),
  /** In which form the webhooks come: `v1` On-Premises, `v2` Cloud. Both sets of calls work for every account. */
  version: z.enum(['v1', 'v2']).default('v1'),
  displayPhoneNumber: z.string().regex(/^\d{5,15}$/, 'expected digits'),
  /** The address as it is set at Kernel, with its `apikey` and `channelId`. */
  webhookUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  tokenLifeMs: z.number().int().min(1).default(3_600_000),
  /** Messages in any second before 1015; `null`: no limit. */
  pacePerSecond: z.number().int().min(1).nullable().default(null),
  /** Outside 24 h after the user wrote, everything but templates fails later with 470. */
  customerWindow: z.boolean().default(false),
  /** The namespace that templates of v1 must name; `null`: any, or none. */
  templateNamespace: z.string().nullable().default(null),
});

export type Account = z.output<typeof accountSchema>;
export type AccountInput = z.input<typeof accountSchema>;
