import { channelInputSchema } from '@posthorn/channel';
import { channelIdSchema, providerIdSchema } from '@posthorn/message';
import { z } from 'zod';
import { linkSchema } from '../link-schema.ts';

const newFields = channelInputSchema.omit({ id: true, tenantId: true });

/** A channel as it is put: settings are the provider's own, see docs/providers. They are sealed, and no answer holds them. */
export const channelBodySchema = newFields.meta({
  id: 'ChannelBody',
  description: 'A channel. `settings` are the provider’s own (docs/providers); they are sealed and never shown.',
  examples: [
    {
      provider: 'whatsapp-cloud',
      name: 'Support, Berlin',
      settings: {
        phoneNumberId: '106540352242922',
        wabaId: '102290129340398',
        accessToken: '…',
        appSecret: '…',
        verifyToken: '…',
      },
    },
  ],
});

export const newChannelSchema = channelInputSchema.omit({ tenantId: true }).meta({ id: 'NewChannel' });

/** A JSON merge patch (RFC 7396). */
export const channelPatchSchema = z.record(z.string(), z.json()).meta({
  id: 'ChannelPatch',
  description:
    'A JSON merge patch (RFC 7396) of a channel: what is absent stays, null removes. `{"settings": {"accessToken": "…"}}` changes that credential alone.',
  examples: [{ pacePerSecond: 20 }],
});

const providerProblem = z.object({
  code: z.string(),
  title: z.string().optional(),
  details: z.string().optional(),
  status: z.int().optional(),
  trace: z.string().optional(),
});
const facts = z.record(z.string(), z.string());

export const verdictSchema = z
  .discriminatedUnion('result', [
    z.object({ id: channelIdSchema, result: z.literal('proven'), facts }),
    z.object({ id: channelIdSchema, result: z.literal('refused'), problem: providerProblem }),
    z.object({ id: channelIdSchema, result: z.literal('unknown'), problem: providerProblem }),
  ])
  .meta({
    description:
      'proven: the provider took the credentials. refused: it does not, until others are stored. unknown: it gave no answer that says so.',
  });

export const connectBodySchema = z
  .strictObject({
    publicUrl: z
      .url({ protocol: /^https?$/u })
      .max(500)
      .optional()
      .meta({ description: 'Where the provider reaches this API. Default: POSTHORN_PUBLIC_URL.' }),
  })
  .meta({ id: 'ConnectBody', examples: [{}] });

export const registrationSchema = z
  .discriminatedUnion('result', [
    z.object({ id: channelIdSchema, result: z.literal('registered'), facts }),
    z.object({ id: channelIdSchema, result: z.literal('manual'), says: z.string() }),
    z.object({
      id: channelIdSchema,
      result: z.enum(['refused', 'unknown']),
      step: z.string(),
      problem: providerProblem,
    }),
    z.object({ id: channelIdSchema, result: z.literal('unset'), pointer: z.string(), detail: z.string() }),
  ])
  .meta({ description: 'What the provider said. It can be called again: what is set already stays so.' });

export const pausesSchema = z.object({
  id: channelIdSchema,
  paused: z.array(z.object({ reason: z.string(), by: z.string(), at: z.iso.datetime() })),
});

export const removalSchema = z.object({
  id: channelIdSchema,
  state: z.enum(['draining', 'closing', 'gone']),
});

export const removeQuery = z.strictObject({
  unsent: z
    .enum(['wait', 'dead-letter'])
    .default('wait')
    .meta({ description: 'What waits goes out first, or becomes a dead letter at once.' }),
});

export const historySchema = z.object({
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      by: z.string(),
      action: z.string(),
      changed: z.array(z.string()).meta({ description: 'Names of what changed; never a value.' }),
      result: z.string(),
    }),
  ),
  links: z.object({ next: z.string().nullable().meta({ description: 'Older ones; null: there are none.' }) }),
});

/** A channel as it is shown. */
export const channelSchema = z
  .object({
    id: channelIdSchema,
    provider: providerIdSchema,
    name: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    apiVersion: z
      .string()
      .nullable()
      .meta({
        description: 'The version of the provider’s API it speaks; null where there are none.',
        examples: ['v25.0'],
      }),
    links: z.object({ self: linkSchema, events: linkSchema, messages: linkSchema }),
  })
  .meta({ description: 'A channel. Its settings are not shown.' });
export type ChannelAnswer = z.infer<typeof channelSchema>;

export const channelListSchema = z.object({ channels: z.array(channelSchema) });
