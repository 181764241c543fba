import { z } from 'zod';

const own = z.string().regex(/^[\w.-]{1,128}$/);
const url = z.url({ protocol: /^https?$/ }).max(2048);
export const securitySchema = z.discriminatedUnion('type', [
  z.strictObject({
    authId: own,
    type: z.literal('BASIC'),
    credentials: z.strictObject({ username: z.string().min(1), password: z.string().min(1) }),
  }),
  z.strictObject({
    authId: own,
    type: z.literal('HMAC'),
    credentials: z.strictObject({
      secretKey: z.string().min(1),
      algorithm: z.enum(['HMAC_MD5', 'HMAC_SHA_1', 'HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512']),
    }),
  }),
]);
export const profileSchema = z.strictObject({
  profileId: own,
  webhook: z.strictObject({ notifyUrl: url, contentType: z.literal('application/json') }),
  security: z.strictObject({ authId: own }).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  maxBucketSize: z.number().int().min(1).max(2000).optional(),
  windowSize: z.number().int().min(20).max(10_000).optional(),
  connectTimeout: z.number().int().min(300).max(30_000).optional(),
  readTimeout: z.number().int().min(1000).max(90_000).optional(),
  rateLimit: z.number().int().min(1).max(5000).optional(),
});
const events = [
  'ACCOUNT_REGISTRATION',
  'ACCOUNT_UPDATE_NOTIFICATION',
  'BILLING',
  'BUSINESS_APP_CONTACT_SYNC',
  'BUSINESS_APP_MESSAGE_ECHO',
  'BUSINESS_APP_MESSAGE_HISTORY',
  'CLICK',
  'DELIVERY',
  'IDENTITY_CHANGE',
  'INBOUND_MESSAGE',
  'MARKETING_SUBSCRIPTION_UPDATE',
  'PAYMENT_STATUS',
  'SEEN',
  'TEMPLATE_UPDATE',
] as const;
export const subscriptionSchema = z.strictObject({
  subscriptionId: own,
  name: z.string().min(1),
  events: z.array(z.enum(events)).min(1),
  criteria: z.array(z.unknown()),
  resources: z.array(z.string().regex(/^\d{5,24}$/)).min(1),
  profile: z.strictObject({ profileId: own }),
});
export const inboundSchema = z.strictObject({
  channel: z.literal('WHATSAPP'),
  number: z.string(),
  forwarding: z.strictObject({ type: z.literal('HTTP_FORWARD'), url, format: z.literal('MO_OTT_CONTACT') }),
});

type Security = z.output<typeof securitySchema>;
export type Profile = z.output<typeof profileSchema>;

/** What an account has set up. */
export type SetUp = {
  readonly security: Map<string, Security>;
  readonly profiles: Map<string, Profile>;
  readonly subscriptions: Map<string, z.output<typeof subscriptionSchema>>;
  readonly inbound: Map<string, z.output<typeof inboundSchema> & { readonly configurationKey: string }>;
};
