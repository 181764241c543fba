import { isBaseUrl } from '@posthorn/provider';
import { z } from 'zod';
import { sessionContentNames } from './session-contents.ts';

const sid = (prefix: string, name: string) => {
  const error = `expected ${name}: ${prefix} and 32 hexadecimal digits, as the console shows it`;
  return z.string({ error }).regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`, 'u'), error);
};
const secret = (name: string) => {
  const error = `expected ${name}: 1 to 256 visible ASCII characters, without spaces or colons`;
  return z.string({ error }).regex(/^(?!.*:)[!-~]{1,256}$/u, error);
};
const httpUrl = (example: string) =>
  z
    .string({ error: 'expected an http(s) address' })
    .refine(isBaseUrl, `expected an http(s) address without user, query and fragment, like ${example}`)
    .transform((value) => value.replace(/\/+$/u, ''));

/** `HX` and 32 digits: a content of Twilio's Content API. */
export const contentSidSchema = sid('HX', 'a content SID');

const name = z.string().min(1).max(512);
const templatesSchema = z.record(
  name,
  z.union([contentSidSchema, z.record(name, contentSidSchema, { error: 'expected content SIDs by language' })], {
    error: 'expected a content SID (HX…), or content SIDs by language',
  }),
  { error: 'expected content SIDs by the name of the template; names have 1 to 512 characters' },
);
const contentsSchema = z.partialRecord(z.enum(sessionContentNames), contentSidSchema, {
  error: `expected content SIDs by shape, of ${sessionContentNames.slice(0, 4).join(', ')} …, cta-url`,
});

/** What content is checked against, of the settings. */
export const contentSettingsSchema = z.object({
  templates: templatesSchema.default({}),
  contents: contentsSchema.default({}),
});
export type ContentSettings = z.infer<typeof contentSettingsSchema>;

const senderError = 'expected the number that sends, in E.164 form: + and 2 to 15 digits, without spaces';

/** The settings of one channel at Twilio. */
export const settingsSchema = z
  .strictObject(
    {
      accountSid: sid('AC', 'the account SID').meta({
        description: 'The account (or subaccount) that owns the sender.',
      }),
      authToken: secret('the auth token')
        .optional()
        .meta({ description: 'The primary auth token: webhooks are signed with it.' }),
      authTokens: z
        .array(secret('an auth token'), { error: 'expected a list of auth tokens' })
        .min(1, 'expected at least one auth token')
        .max(4, 'expected at most 4 auth tokens')
        .optional()
        .meta({ description: 'Several auth tokens, while one is being rotated: the current one first.' }),
      apiKeySid: sid('SK', 'the SID of an API key')
        .optional()
        .meta({ description: 'Calls use it in place of the auth token.' }),
      apiKeySecret: secret('the secret of the API key').optional(),
      from: z
        .string({ error: senderError })
        .regex(/^(?:whatsapp:)?\+[1-9]\d{1,14}$/u, senderError)
        .transform((value) => value.replace(/^whatsapp:/u, ''))
        .meta({ description: 'The WhatsApp sender; one channel is one sender.' }),
      senderSid: sid('XE', 'the SID of the sender')
        .optional()
        .meta({ description: 'Used by connect; without it the sender is found by its number.' }),
      messagingServiceSid: sid('MG', 'the SID of a messaging service')
        .optional()
        .meta({ description: 'Send through this service; the sender must be in its pool.' }),
      publicUrl: httpUrl('https://hooks.example.com')
        .refine(
          (value) => !(URL.parse(value)?.hostname ?? '').includes('_'),
          'expected a host name without _ (Twilio refuses it)',
        )
        .meta({ description: 'Where Twilio reaches posthorn: status callbacks go there, and signatures cover it.' }),
      callbackOverrides: z
        .string({ error: 'expected connection overrides, like rc=3&rp=all' })
        .regex(/^[\w=&,.-]{0,200}$/u, 'expected connection overrides, like rc=3&rp=all')
        .default('rc=3&rp=all&ct=2000&rt=4000')
        .meta({ description: 'How Twilio repeats a callback that failed. Empty: as Twilio does by itself.' }),
      environment: z
        .enum(['production', 'sandbox'], { error: 'expected production or sandbox' })
        .default('production')
        .meta({ description: 'sandbox: the shared number of Twilio’s sandbox, one message per 3 seconds.' }),
      pacePerSecond: z
        .number({ error: 'expected a number of messages per second' })
        .positive('expected more than 0 messages per second')
        .max(1000, 'expected at most 1000 messages per second')
        .optional()
        .meta({ description: 'Default: 80, and one per 3 seconds in the sandbox.' }),
      defaultCountryCode: z
        .string({ error: 'expected a country code, like +39' })
        .regex(/^\+?[1-9]\d{0,3}$/u, 'expected a country code, like +39')
        .transform((value) => value.replace('+', ''))
        .optional()
        .meta({ description: 'Goes before recipients’ numbers that have none. Without it they are refused.' }),
      templates: templatesSchema
        .default({})
        .meta({ description: 'Names of your own for contents, by language if wanted.' }),
      contents: contentsSchema.default({}).meta({ description: 'The contents for buttons, lists and links.' }),
      baseUrl: httpUrl('https://api.twilio.com')
        .default('https://api.twilio.com')
        .meta({ description: 'The hosts of senders and contents follow it: messaging. and content. in place of api.' }),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? 'this setting is not known here; remove it or correct its name'
          : 'expected an object with the settings of the channel',
    },
  )
  .refine((settings) => (settings.authToken === undefined) !== (settings.authTokens === undefined), {
    error: 'expected exactly one of authToken and authTokens',
    path: ['authTokens'],
  })
  .refine((settings) => (settings.apiKeySid === undefined) === (settings.apiKeySecret === undefined), {
    error: 'expected apiKeySid and apiKeySecret, or neither',
    path: ['apiKeySecret'],
  });
export type Settings = z.infer<typeof settingsSchema>;
