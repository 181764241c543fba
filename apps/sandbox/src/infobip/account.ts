import { z } from 'zod';

const digits = z.string().regex(/^\d{5,24}$/, 'expected digits');
const user = z.strictObject({ username: z.string().min(1), password: z.string().min(1) });

/** A subscription's address, and how its calls prove where they come from. */
const webhookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Type BASIC of a security setting. */
  basic: user.optional(),
  /** Fixed headers of a profile. */
  headers: z.record(z.string(), z.string()).default({}),
  /** Type HMAC. Infobip does not publish the header's name and encoding: here it is what is told. */
  hmac: z
    .strictObject({
      secret: z.string().min(1),
      algorithm: z.enum(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']).default('sha256'),
      header: z.string().min(1).default('x-infobip-signature'),
      encoding: z.enum(['hex', 'base64']).default('hex'),
      prefix: z.string().default(''),
    })
    .optional(),
});

/** One WhatsApp sender, with the account it belongs to. */
export const accountSchema = z.strictObject({
  sender: digits,
  apiKey: z.string().min(1),
  /** For Basic, for sessions, and as client id and secret of OAuth. `null`: API key only. */
  user: user.nullable().default(null),
  /** How long tokens of OAuth live. Sessions end after 60 minutes without a call. */
  tokenLifeSeconds: z.number().int().min(1).default(3600),
  /** The OMNI API's scenario that goes out from this sender. */
  scenarioKey: z.string().min(1).nullable().default(null),
  /** Whether a call without a scenario key goes out from here. */
  defaultScenario: z.boolean().default(true),
  webhook: webhookSchema.nullable().default(null),
  /** Where inbound messages go, by the configuration of the number; `null`: where all else goes. Such calls bring no proof. */
  inboundUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  /** Calls in any second before 429; `null`: no limit. */
  callsPerSecond: z.number().int().min(1).nullable().default(4000),
  /** Messages left before status 12; `null`: no end. */
  credits: z.number().int().min(0).nullable().default(null),
  /** A trial account: only to these numbers, else status 18. */
  allowList: z.array(digits).nullable().default(null),
  /** 20 different or 6 equal messages an hour to one number, then status 20. */
  floodingFilter: z.boolean().default(false),
  /** Outside 24 h after the user wrote, everything but templates fails later with 7010. */
  customerWindow: z.boolean().default(false),
  /** Tell, besides the end, that WhatsApp has the message (DELIVERED_TO_OPERATOR). */
  intermediateReports: z.boolean().default(true),
  /** Links on this machine are asked for, HEAD first, then GET, before the message leaves. Others never are. */
  fetchesMedia: z.boolean().default(true),
  /** Links whose host ends so cannot be fetched: the message fails later with this error. */
  failingLinks: z
    .record(z.string().min(1), z.number().int())
    .default({ 'unreachable.example.test': 7013, 'wrong-type.example.test': 7022 }),
});

export type Account = z.output<typeof accountSchema>;
export type AccountInput = z.input<typeof accountSchema>;
