import type { OldChannel } from '@posthorn/provider';
import { z } from 'zod';
import { faultsOf } from '@posthorn/provider';

const text = z.string({ error: 'expected a text' });
/** The old bridge's optional fields: absent, null and empty meant the same. */
const optional = text.nullish().transform((value) => (value === null || value === '' ? undefined : value));

const oldChannelSchema = z.strictObject(
  {
    channel_id: z.uuid({ error: 'expected the UUID of the channel' }),
    /** Ours: what the old form has no place for. */
    settings: z.record(z.string(), z.unknown(), { error: 'expected an object with settings' }).optional(),
    type: z.literal('whatsapp', { error: 'expected whatsapp' }),
    whatsapp: z.strictObject(
      {
        client: z.strictObject(
          {
            id: text.min(1, 'expected the OAuth client id'),
            secret: text.min(1, 'expected the OAuth client secret'),
            purposes: optional,
            scopes: optional,
            version: optional.pipe(z.enum(['v1', 'v2'], { error: 'expected v1 or v2, or no version' }).optional()),
          },
          { error: objectError('the client: id, secret, purposes, scopes, version') },
        ),
      },
      { error: objectError('an object with the client') },
    ),
  },
  { error: objectError('channel_id, type and whatsapp') },
);
const formSchema = z.object({ channel_id: z.unknown(), whatsapp: z.unknown() });

/**
 * Reads a channel in the form of the bridge that posthorn replaces,
 * `{channel_id, type: "whatsapp", whatsapp: {client: {id, secret, purposes?, scopes?, version?}}}`. Its UUID stays the channel's id.
 * What that form does not hold (environment, API keys) has its default, or stands beside it under `settings`.
 * Null: a document of another form.
 */
export function readOldChannel(document: unknown): OldChannel | null {
  const form = formSchema.safeParse(document);
  if (!form.success || form.data.channel_id === undefined || form.data.whatsapp === undefined) return null;
  const read = oldChannelSchema.safeParse(document);
  if (!read.success) return { kind: 'invalid', faults: faultsOf(read.error) };
  const { id, secret, ...more } = read.data.whatsapp.client;
  const settings = Object.entries({ clientId: id, clientSecret: secret, ...more });
  return {
    kind: 'read',
    id: read.data.channel_id,
    settings: {
      ...Object.fromEntries(settings.filter(([, value]) => value !== undefined)),
      ...read.data.settings,
    },
  };
}

function objectError(expected: string) {
  return (issue: { readonly code?: string | undefined }): string =>
    issue.code === 'unrecognized_keys'
      ? 'the old form has no such field; remove it or correct its name'
      : `expected ${expected}`;
}
