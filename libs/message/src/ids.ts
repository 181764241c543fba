import { z } from 'zod';

/**
 * One sender account at one provider. Chosen by whoever adds the channel (a UUID of an older system is kept).
 * Letters, digits and hyphens, because it is part of queue names, Redis hash tags and message ids.
 */
export const channelIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/u,
    'expected 1 to 64 letters, digits and hyphens, starting with a letter or digit',
  )
  .brand<'ChannelId'>()
  .meta({
    description: 'The channel (one sender account at one provider).',
    examples: ['demo-whatsapp-cloud'],
  });
export type ChannelId = z.infer<typeof channelIdSchema>;

/** An isolated customer of one installation. */
export const tenantIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/u,
    'expected 1 to 64 letters, digits and hyphens, starting with a letter or digit',
  )
  .brand<'TenantId'>();
export type TenantId = z.infer<typeof tenantIdSchema>;

/** `msg_<channelId>_<ulid>`: it carries its channel, so that no global index is needed to find it. */
export const messageIdSchema = z
  .string()
  .regex(
    /^msg_[A-Za-z0-9][A-Za-z0-9-]{0,63}_[0-9A-HJKMNP-TV-Z]{26}$/u,
    'expected a message id as it was answered on accept: msg_<channel>_<26 characters>',
  )
  .brand<'MessageId'>()
  .meta({
    description: 'A message we send.',
    examples: ['msg_demo-whatsapp-cloud_01JD8T0Z5R4YV3W2X1Q0P9N8M7'],
  });
export type MessageId = z.infer<typeof messageIdSchema>;

/** `in_<channelId>_<ulid>`: a message that a person wrote to the channel. */
export const inboundIdSchema = z
  .string()
  .regex(
    /^in_[A-Za-z0-9][A-Za-z0-9-]{0,63}_[0-9A-HJKMNP-TV-Z]{26}$/u,
    'expected an inbound message id: in_<channel>_<26 characters>',
  )
  .brand<'InboundId'>();
export type InboundId = z.infer<typeof inboundIdSchema>;

/** `med_<ulid>`: a file in our store. It names no tenant: whose it is stands in its record. */
export const mediaIdSchema = z
  .string()
  .regex(
    /^med_[0-9A-HJKMNP-TV-Z]{26}$/u,
    'expected the id of a file as POST /v1/media answered it: med_<26 characters>',
  )
  .brand<'MediaId'>()
  .meta({ description: 'A file in the store.', examples: ['med_01JD8T0Z5R4YV3W2X1Q0P9N8M7'] });
export type MediaId = z.infer<typeof mediaIdSchema>;

/** The provider's own id of a message. Personal data: a `wamid` contains the phone number. Never logged. */
export const externalIdSchema = z.string().min(1).max(512).brand<'ExternalId'>();
export type ExternalId = z.infer<typeof externalIdSchema>;

/** Mints a message id. `ulid` is 26 characters of Crockford base 32, ordered by time. */
export function toMessageId(channelId: ChannelId, ulid: string): MessageId {
  return messageIdSchema.parse(`msg_${channelId}_${ulid}`);
}

/** Mints the id of an inbound message. */
export function toInboundId(channelId: ChannelId, ulid: string): InboundId {
  return inboundIdSchema.parse(`in_${channelId}_${ulid}`);
}

/** The channel that a message id carries. */
export function channelIdOf(id: MessageId | InboundId): ChannelId {
  return channelIdSchema.parse(id.slice(id.indexOf('_') + 1, id.lastIndexOf('_')));
}

/** A provider's name, as in its lib, its worker app and its queues: `whatsapp-cloud`. */
export const providerIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/u, 'expected the name of a provider, like whatsapp-cloud')
  .brand<'ProviderId'>();
export type ProviderId = z.infer<typeof providerIdSchema>;
