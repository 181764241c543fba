import { z } from 'zod';
import { webhookSchema } from './webhook-settings.ts';
import { address, secret, strict, text } from './setting-fields.ts';

const digits = text('the sender’s number, digits with the country code', /^\+?\d{1,24}$/u);

/** How a channel proves who it is. Source: Infobip's API authentication page, read 2026-07. */
const authSchema = z.discriminatedUnion(
  'type',
  [
    strict({ type: z.literal('api_key'), apiKey: secret('an API key') }),
    strict({ type: z.literal('basic'), username: secret('a user name'), password: secret('a password') }),
    strict({ type: z.literal('oauth'), clientId: secret('a client id'), clientSecret: secret('a client secret') }),
    strict({ type: z.literal('ibsso'), username: secret('a user name'), password: secret('a password') }),
  ],
  { error: 'expected an object with type api_key, basic, oauth or ibsso' },
);
export type Auth = z.infer<typeof authSchema>;

const ownId = (name: string) => text(name, /^[!-~]{1,255}$/u).optional();

/** The settings of one channel at Infobip. */
export const settingsSchema = strict({
  sender: digits.transform((value) => value.replace('+', '')).meta({ description: 'The WhatsApp number that sends.' }),
  baseUrl: address('the base URL of the account, like https://xyz.api.infobip.com').meta({
    description: 'Each account has its own; the portal shows it.',
  }),
  auth: authSchema,
  api: z.enum(['whatsapp', 'omni'], { error: 'expected whatsapp or omni' }).default('whatsapp').meta({
    description: 'The current WhatsApp API, or the older OMNI failover API, which knows fewer types.',
  }),
  scenarioKey: text('a scenario key', /^[\w-]{1,64}$/u)
    .optional()
    .meta({ description: 'OMNI only. Without it the account’s default scenario counts.' }),
  templateNamespace: text('a template namespace', /^[\w-]{1,128}$/u)
    .optional()
    .meta({ description: 'OMNI only, for accounts whose templates have one.' }),
  notifyUrl: address('an http(s) address')
    .optional()
    .meta({ description: 'Where reports go, as part of each message: this channel’s webhook address.' }),
  webhook: webhookSchema,
  applicationId: ownId('an application id').meta({ description: 'The current API only.' }),
  entityId: ownId('an entity id').meta({ description: 'The current API only.' }),
  pacePerSecond: z
    .number({ error: 'expected a number of messages per second' })
    .positive('expected more than 0 messages per second')
    .max(4000, 'expected at most 4000 messages per second')
    .default(80),
})
  .refine(({ api, scenarioKey }) => scenarioKey === undefined || api === 'omni', {
    error: 'expected a scenario key only with api omni; the current API names the sender itself',
    path: ['scenarioKey'],
  })
  .refine(({ api, templateNamespace }) => templateNamespace === undefined || api === 'omni', {
    error: 'expected a template namespace only with api omni; the current API has none',
    path: ['templateNamespace'],
  })
  .refine(({ api, applicationId }) => applicationId === undefined || api === 'whatsapp', {
    error: 'expected an application id only with api whatsapp; the OMNI API has none',
    path: ['applicationId'],
  })
  .refine(({ api, entityId }) => entityId === undefined || api === 'whatsapp', {
    error: 'expected an entity id only with api whatsapp; the OMNI API has none',
    path: ['entityId'],
  })
  .refine(({ notifyUrl, webhook }) => notifyUrl === undefined || webhook.keys !== undefined, {
    error:
      'expected keys, because notifyUrl is set: reports of single messages may come without any other proof, so the key goes into their address',
    path: ['webhook', 'keys'],
  });
export type Settings = z.infer<typeof settingsSchema>;
