export {
  channelIdOf,
  channelIdSchema,
  externalIdSchema,
  inboundIdSchema,
  mediaIdSchema,
  messageIdSchema,
  providerIdSchema,
  tenantIdSchema,
  toInboundId,
  toMessageId,
} from './ids.ts';
export type { ChannelId, ExternalId, InboundId, MediaId, MessageId, ProviderId, TenantId } from './ids.ts';
export { isUserId, recipientSchema } from './recipient.ts';
export type { Recipient } from './recipient.ts';
export { laneSchema } from './lane.ts';
export type { Lane } from './lane.ts';
export { mayFollow, statusSchema } from './status.ts';
export type { Status } from './status.ts';
export { contentSchema } from './content.ts';
export type { Content, ContentOf, ContentType, MediaContent } from './content.ts';
export { mapFiles, storedFiles } from './stored-files.ts';
export type { StoredFile } from './stored-files.ts';
export type { InteractiveContent, InteractiveHeader } from './interactive.ts';
export type { TemplateButton, TemplateComponent, TemplateParameter } from './template.ts';
export { sendRequestSchema } from './send-request.ts';
export type { SendRequest, SendRequestInput } from './send-request.ts';
export { optOutWordsSchema } from './opt-out-words.ts';
export type { OptOutLanguage, OptOutWords } from './opt-out-words.ts';
export { eventTypeSchema } from './event.ts';
export type { EventType } from './event.ts';
export { inboundMediaSchema, inboundMessageSchema } from './inbound.ts';
export type { InboundContent, InboundMedia, InboundMessage } from './inbound.ts';
export { eventEnvelopeSchema, eventIdSchema, eventSchemaByType } from './event-envelope.ts';
export type { EventEnvelope, KeptEventData, MessageEventData, ReceivedEventData } from './event-envelope.ts';
export { subscriptionIdSchema } from './subscription-id.ts';
export type { SubscriptionId } from './subscription-id.ts';
