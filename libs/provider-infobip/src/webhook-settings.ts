import { z } from 'zod';
import { secret, secrets, strict, text } from './setting-fields.ts';

/** Digests by Infobip's names of them. */
export const digestByAlgorithm = {
  HMAC_MD5: 'md5',
  HMAC_SHA_1: 'sha1',
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
} as const;

const algorithm = z.enum(['HMAC_MD5', 'HMAC_SHA_1', 'HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512'], {
  error: `expected one of ${Object.keys(digestByAlgorithm).join(', ')}`,
});
const headerName = text('the name of a header', /^[A-Za-z0-9-]{1,64}$/u).transform((name) => name.toLowerCase());
/** At least as hard to guess as a good password: an address is seen in more places than a header. */
const key = text('a key of 16 to 256 letters, digits, - and _', /^[\w-]{16,256}$/u);

/**
 * How a webhook call may prove that it comes from Infobip: each way that is set suffices on its own, so set only those that
 * Infobip was told to use. Basic, HMAC and fixed headers belong to a subscription's profile, keys to addresses. The name and the
 * encoding of the HMAC's header are not in Infobip's public description: compare them with a call of your account.
 */
export const webhookSchema = strict({
  keys: secrets(key, 'keys')
    .optional()
    .meta({ description: 'The address called must carry one of them: …/webhooks/infobip/<channel>?key=<key>.' }),
  basic: secrets(strict({ username: secret('a user name'), password: secret('a password') }), 'users')
    .optional()
    .meta({ description: 'Type BASIC of a security setting.' }),
  header: strict({ name: headerName, values: secrets(secret('a value'), 'values') })
    .optional()
    .meta({ description: 'A fixed header of a profile.' }),
  hmac: strict({
    secrets: secrets(secret('a secret key'), 'secret keys'),
    algorithm: algorithm.default('HMAC_SHA_256'),
    header: headerName.default('x-infobip-signature'),
    encoding: z.enum(['hex', 'base64'], { error: 'expected hex or base64' }).default('hex'),
    prefix: text('what stands before the signature, like sha256=', /^[!-~]{0,32}$/u).default(''),
  })
    .optional()
    .meta({ description: 'Type HMAC of a security setting: over the raw body.' }),
}).refine(
  ({ keys, basic, header, hmac }) => [keys, basic, header, hmac].some((way) => way !== undefined),
  'expected at least one of keys, basic, header and hmac: without a secret every webhook call is refused',
);
export type WebhookSettings = z.infer<typeof webhookSchema>;
