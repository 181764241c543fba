import { externalIdSchema, type InboundMessage } from '@posthorn/message';
import type { MessageUpdate, WebhookUpdate } from '@posthorn/provider';
import { asObject, asText, toSender, unrecognised, type JsonObject } from '@posthorn/whatsapp-format';
import { toAddress } from './to-address.ts';
import { toInboundContent } from './to-inbound-content.ts';
import { toMs } from './to-ms.ts';
import { withoutNulls } from './without-nulls.ts';

/**
 * One inbound message. People with a user name may come without a number: then their user id is the sender. What has no place of
 * its own goes to `more`, of it `pairedMessageId` and `callbackData` of the message that it answers.
 */
export function parseMessage(fields: JsonObject, nowMs: number): WebhookUpdate {
  const address = toAddress(asText(fields['to']));
  const told = asObject(fields['message']) ?? {};
  const externalId = externalIdSchema.safeParse(fields['messageId']);
  if (address === null) return unrecognised(null, 'expected the number written to, came none', fields);
  if (!externalId.success) return unrecognised(address, 'expected a message with an id, came one without', fields);
  const contact = asObject(fields['contact']);
  const userId = asText(contact?.['userId']);
  const from = asText(fields['from']) ?? asText(contact?.['phoneNumber']) ?? userId;
  if (from === undefined) return unrecognised(address, 'expected a sender (from, contact), came none', fields);

  const sentMs = toMs(fields['receivedAt']);
  const context = asObject(told['context']);
  const message: MessageUpdate['message'] = {
    externalId: externalId.data,
    from: toSender(from),
    userId,
    profileName: asText(contact?.['name']),
    sentAt: new Date(sentMs ?? nowMs).toISOString(),
    content: toInboundContent(told),
    context: toContext(context),
    referral: told['referral'] ?? undefined,
    groupId: asText(context?.['groupId']),
    more: toMore(fields, told, sentMs !== undefined),
  };
  return { kind: 'message', address, message };
}

const ownFields = ['messageId', 'from', 'to', 'message', 'integrationType', 'contact'];

/** What has no place of its own. */
function toMore(fields: JsonObject, told: JsonObject, hasTime: boolean): JsonObject | undefined {
  const contact = withoutNulls(asObject(fields['contact']) ?? {}, ['name', 'userId', 'phoneNumber']);
  const context = withoutNulls(asObject(told['context']) ?? {}, ['id', 'from', 'groupId', 'referredProduct']);
  const isOdd = told['context'] !== undefined && told['context'] !== null && asObject(told['context']) === null;
  const more = {
    ...withoutNulls(fields, [...ownFields, ...(hasTime ? ['receivedAt'] : [])]),
    ...(contact !== undefined && { contact }),
    ...(context !== undefined && { context }),
    ...(isOdd && { context: told['context'] ?? null }),
    ...(asObject(told['identity']) !== null && { identity: told['identity'] ?? null }),
  };
  return Object.keys(more).length > 0 ? more : undefined;
}

function toContext(context: JsonObject | null): InboundMessage['context'] {
  if (context === null) return undefined;
  const from = asText(context['from']);
  return {
    externalId: externalIdSchema.safeParse(context['id']).data,
    from: from === undefined ? undefined : toSender(from),
    referredProduct: context['referredProduct'] ?? undefined,
  };
}
