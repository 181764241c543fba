import { externalIdSchema, type InboundMessage } from '@posthorn/message';
import type { MessageUpdate, WebhookUpdate } from '@posthorn/provider';
import { asBoolean, asList, asObject, asText, kindOf, without, type Json, type JsonObject } from './json.ts';
import type { ContactOf } from './index-contacts.ts';
import { toMs } from './to-ms.ts';
import { toSender } from './to-sender.ts';
import { unrecognised, withoutAddress } from './unrecognised.ts';
import type { WebhookReading } from './webhook-reading.ts';

/**
 * One of `messages[]`. Every type is kept under its own name, known or not; what has no place of its own goes to `more`.
 * People with a user name may come without a number: then their business-scoped user id is the sender.
 */
export function parseMessage(
  item: Json,
  contactOf: ContactOf,
  address: string | null,
  { needsAddress, nowMs, contentOf }: WebhookReading,
): WebhookUpdate {
  const fields = asObject(item);
  if (fields === null) return unrecognised(address, `expected a message, came ${kindOf(item)}`, item);
  if (needsAddress && address === null) return withoutAddress(item);
  const externalId = externalIdSchema.safeParse(fields['id']);
  if (!externalId.success) return unrecognised(address, 'expected a message with an id, came one without', item);
  const contact = contactOf(fields);
  const userId = asText(fields['from_user_id']) ?? asText(contact?.['user_id']);
  const from = asText(fields['from']) ?? asText(contact?.['wa_id']) ?? userId;
  if (from === undefined) return unrecognised(address, 'expected a sender (from, from_user_id), came none', item);

  const atMs = toMs(fields['timestamp']);
  const type = asText(fields['type']) ?? 'unknown';
  const profile = asObject(contact?.['profile']);
  const message: MessageUpdate['message'] = {
    externalId: externalId.data,
    from: toSender(from),
    userId,
    profileName: asText(profile?.['name']),
    sentAt: new Date(atMs ?? nowMs).toISOString(),
    content: contentOf(type, Object.hasOwn(fields, type) ? fields[type] : undefined),
    context: toContext(fields['context']),
    referral: fields['referral'],
    groupId: asText(fields['group_id']),
    problems: toProblems(fields['errors']),
    more: toMore(fields, type, atMs !== undefined, contact),
  };
  return { kind: 'message', address, message };
}

const messageFields = ['id', 'type', 'from', 'from_user_id', 'referral', 'group_id'];

/** The fields of the message that have no place of their own, and what its contact tells besides. */
function toMore(
  fields: JsonObject,
  type: string,
  hasTime: boolean,
  contact: JsonObject | undefined,
): JsonObject | undefined {
  const context = asObject(fields['context']);
  const contextLeft = context === null ? fields['context'] : without(context, contextFields);
  const profileLeft = without(asObject(contact?.['profile']) ?? {}, ['name']);
  const contactLeft = {
    ...without(contact ?? {}, ['profile', 'wa_id', 'user_id']),
    ...(profileLeft !== undefined && { profile: profileLeft }),
  };
  const errors = asList(fields['errors']).every((error) => asObject(error) !== null) ? ['errors'] : [];
  const more = {
    ...without(fields, [...messageFields, type, 'context', ...errors, ...(hasTime ? ['timestamp'] : [])]),
    ...(contextLeft !== undefined && { context: contextLeft }),
    ...(Object.keys(contactLeft).length > 0 && { contact: contactLeft }),
  };
  return Object.keys(more).length > 0 ? more : undefined;
}

const contextFields = ['id', 'from', 'forwarded', 'frequently_forwarded', 'referred_product'];

function toContext(value: Json | undefined): InboundMessage['context'] {
  const context = asObject(value);
  if (context === null) return undefined;
  const from = asText(context['from']);
  return {
    externalId: externalIdSchema.safeParse(context['id']).data,
    from: from === undefined ? undefined : toSender(from),
    forwarded: asBoolean(context['forwarded']),
    frequentlyForwarded: asBoolean(context['frequently_forwarded']),
    referredProduct: context['referred_product'],
  };
}

function toProblems(value: Json | undefined): InboundMessage['problems'] {
  const errors = asList(value)
    .map(asObject)
    .filter((error) => error !== null);
  if (errors.length === 0) return undefined;
  return errors.map((error) => ({
    code: asText(error['code']) ?? 'unknown',
    title: asText(error['title']) ?? asText(error['message']),
    details: asText(asObject(error['error_data'])?.['details']),
  }));
}
