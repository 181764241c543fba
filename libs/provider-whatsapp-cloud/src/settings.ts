import { isBaseUrl } from '@posthorn/provider';
import { z } from 'zod';

// Meta's ids are digits, but it calls them opaque: refused is only what would change the address of a call, or looks
// like a phone number pasted in the wrong place.
const graphId = z
  .string({ error: 'expected an id of the Graph API, as the app dashboard shows it' })
  .regex(
    /^(?!.*[+./?#%\\])[!-~]{1,64}$/u,
    'expected an id of the Graph API (1 to 64 characters, like 106540352242922), not a phone number or an address',
  );
const secret = (name: string) => {
  const error = `expected ${name}: 1 to 4096 visible ASCII characters, without spaces`;
  return z.string({ error }).regex(/^[!-~]{1,4096}$/u, error);
};
const appSecret = secret('the app secret');

/** The settings of one channel at the Cloud API. */
export const settingsSchema = z
  .strictObject(
    {
      phoneNumberId: graphId.meta({ description: 'The id of the phone number that sends; not the number itself.' }),
      wabaId: graphId.meta({ description: 'The WhatsApp Business account that owns the number.' }),
      accessToken: secret('an access token').meta({ description: 'A system user or business token.' }),
      appSecret: appSecret.optional().meta({ description: 'The secret of the app whose webhooks come here.' }),
      appSecrets: z
        .array(appSecret, { error: 'expected a list of app secrets' })
        .min(1, 'expected at least one app secret')
        .max(8, 'expected at most 8 app secrets')
        .optional()
        .meta({ description: 'Several secrets, while one is being rotated: the current one first.' }),
      appId: graphId
        .optional()
        .meta({ description: 'The app whose webhooks come here; needed where callback is app.' }),
      callback: z
        .enum(['app', 'waba', 'number'], { error: 'expected app, waba or number' })
        .default('number')
        .meta({ description: 'Where connect sets the webhook: for the whole app, the account, or this number alone.' }),
      verifyToken: secret('the verify token').meta({ description: 'What Meta repeats in its handshake.' }),
      apiVersion: z
        .string({ error: 'expected a version of the Graph API, like v25.0' })
        .regex(/^v\d{1,3}\.\d{1,2}$/u, 'expected a version of the Graph API, like v25.0')
        .default('v25.0'),
      baseUrl: z
        .string({ error: 'expected an http(s) address' })
        .refine(
          isBaseUrl,
          'expected an http(s) address without user, query and fragment, like https://graph.facebook.com',
        )
        .default('https://graph.facebook.com'),
      appSecretProof: z.boolean({ error: 'expected true or false' }).default(true).meta({
        description: 'Send the proof of the app secret with every call; needed where the app requires it.',
      }),
      marketing: z
        .strictObject(
          {
            productPolicy: z
              .enum(['CLOUD_API_FALLBACK', 'STRICT'], { error: 'expected CLOUD_API_FALLBACK or STRICT' })
              .default('CLOUD_API_FALLBACK')
              .meta({ description: 'STRICT: what that endpoint does not take fails, instead of going the usual way.' }),
            activitySharing: z.boolean({ error: 'expected true or false' }).optional().meta({
              description: 'Whether Meta may use what happens to the message to optimise; default: the account’s.',
            }),
          },
          { error: 'expected an object with productPolicy and activitySharing, either optional' },
        )
        .optional()
        .meta({ description: 'Send templates of the category marketing through the Marketing Messages endpoint.' }),
      pacePerSecond: z
        .number({ error: 'expected a number of messages per second' })
        .positive('expected more than 0 messages per second')
        .max(1000, 'expected at most 1000 messages per second')
        .default(80),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? 'this setting is not known here; remove it or correct its name'
          : 'expected an object with the settings of the channel',
    },
  )
  .refine((settings) => (settings.appSecret === undefined) !== (settings.appSecrets === undefined), {
    error: 'expected exactly one of appSecret and appSecrets',
    path: ['appSecrets'],
  });
export type Settings = z.infer<typeof settingsSchema>;
