import { isBaseUrl } from '@posthorn/provider';
import { z } from 'zod';

/** Where the old bridge's documented calls went. Production has another one: `es-pro`, `br-pro`. */
const environmentDefault = 'global-int-current';

const secret = (name: string) => {
  const error = `expected ${name}: 1 to 4096 visible ASCII characters, without spaces`;
  return z.string({ error }).regex(/^[!-~]{1,4096}$/u, error);
};
const words = (name: string) => {
  const error = `expected ${name}: one text of 1 to 2000 characters, several values separated by a space`;
  return z.string({ error }).regex(/^[^\p{Cc}]{1,2000}$/u, error);
};
const address = z.string({ error: 'expected an http(s) address' }).refine(isBaseUrl, {
  error:
    'expected an http(s) address without user, query and fragment, like https://api.es-pro.baikalplatform.com; leave it out to have it made from environment',
});

/** The settings of one channel at Kernel. */
export const settingsSchema = z.strictObject(
  {
    clientId: secret('the OAuth client id').meta({ description: 'The old bridge’s whatsapp.client.id.' }),
    clientSecret: secret('the OAuth client secret').meta({ description: 'The old bridge’s whatsapp.client.secret.' }),
    purposes: words('the purposes').optional(),
    scopes: words('the scopes').optional(),
    version: z
      .enum(['v1', 'v2'], { error: 'expected the version of the WhatsApp API: v1 or v2' })
      .default('v1')
      .meta({ description: 'v1 speaks the On-Premises form, v2 the Cloud API’s.' }),
    environment: z
      .string({ error: 'expected the name of an environment, like es-pro' })
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+){0,5}$/u, 'expected the name of an environment, like es-pro')
      .max(40, 'expected the name of an environment of at most 40 characters, like es-pro')
      .default(environmentDefault),
    apiKeys: z
      .array(secret('an API key'), { error: 'expected a list of API keys' })
      .max(4, 'expected at most 4 API keys: the current one, and former ones while they are replaced')
      .default([])
      .meta({ description: 'Keys that Kernel’s webhooks carry as apikey. Without one, all webhooks are refused.' }),
    apiUrl: address.optional().meta({ description: 'In place of the API of the environment.' }),
    tokenUrl: address.optional().meta({ description: 'In place of the token address of the environment.' }),
    messagesPath: z
      .string({ error: 'expected a path, like /whatsapp/v1/messages' })
      .regex(/^(?:\/[A-Za-z0-9._~-]{1,64}){1,10}$/u, 'expected a path, like /whatsapp/v1/messages')
      .optional()
      .meta({ description: 'In place of /whatsapp/<version>/messages.' }),
    webhookPath: z
      .string({ error: 'expected a path, like /whatsapp/v1/settings/webhook' })
      .regex(/^(?:\/[A-Za-z0-9._~-]{1,64}){1,10}$/u, 'expected a path, like /whatsapp/v1/settings/webhook')
      .optional()
      .meta({ description: 'In place of /whatsapp/<version>/settings/webhook.' }),
    mediaPath: z
      .string({ error: 'expected a path, like /v1/media' })
      .regex(/^(?:\/[A-Za-z0-9._~-]{1,64}){1,10}$/u, 'expected a path, like /v1/media')
      .optional()
      .meta({ description: 'Where files that people sent are fetched by their id. Without it they are not.' }),
    templateNamespace: z
      .string({ error: 'expected a template namespace' })
      .regex(/^\w{1,128}$/u, 'expected a template namespace: 1 to 128 letters, digits and _')
      .optional()
      .meta({ description: 'The namespace of the templates, which v1 names in each template message.' }),
    retryHttp429: z.boolean({ error: 'expected true or false' }).default(false).meta({
      description: 'Wait and go on after HTTP 429. Kernel’s own tables do not have it, so it ends a message.',
    }),
    pacePerSecond: z
      .number({ error: 'expected a number of messages per second' })
      .positive('expected more than 0 messages per second')
      .max(1000, 'expected at most 1000 messages per second')
      .default(10),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? 'this setting is not known here; remove it or correct its name'
        : 'expected an object with the settings of the channel',
  },
);
export type Settings = z.infer<typeof settingsSchema>;
export type ApiVersion = Settings['version'];

const versionSchema = z.object({ version: z.enum(['v1', 'v2']).default('v1') });

/** The API version of settings that may be anything: v1 unless they say v2. */
export function versionOf(settings: unknown): ApiVersion {
  return versionSchema.safeParse(settings).data?.version ?? 'v1';
}
