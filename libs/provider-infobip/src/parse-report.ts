import { externalIdSchema } from '@posthorn/message';
import type { StatusUpdate, WebhookUpdate } from '@posthorn/provider';
import { asText, unrecognised, type JsonObject } from '@posthorn/whatsapp-format';
import { duplicateId } from './error-table.ts';
import { causeSchema, stateOf, statusSchema, type Status } from './infobip-error.ts';
import { toMessageIdOf } from './outgoing-id.ts';
import { toLateFailure } from './to-outcome.ts';
import { toMs } from './to-ms.ts';
import { withoutNulls } from './without-nulls.ts';

/** Of status group DELIVERED: DELIVERED_TO_OPERATOR. WhatsApp has it, the person does not yet. */
const toOperator = 2;

const pricingFields = ['price', 'messageCount', 'channel', 'mccMnc'];
const ownFields = ['messageId', 'callbackData', 'status', 'error', 'sentAt', 'doneAt', ...pricingFields];

/** A delivery report. Its status group decides; an error, where it tells one, names the cause. */
export function parseReport(fields: JsonObject, nowMs: number): WebhookUpdate {
  const externalId = externalIdSchema.safeParse(fields['messageId']);
  const told = statusSchema.safeParse(fields['status']);
  if (!externalId.success || !told.success) {
    return unrecognised(null, 'expected a report with a message id and a status, came not both', fields);
  }
  // A repeat was refused because the first one is there: nothing happened to the message.
  if (told.data.id === duplicateId) return { kind: 'news', address: null, topic: 'duplicate_refused', data: fields };
  const status = statusOf(told.data);
  if (status === null) return unrecognised(null, 'expected a status of a known group, came another', fields);
  const error = causeSchema.safeParse(fields['error']).data;
  const pricing = Object.fromEntries(Object.entries(fields).filter(([name]) => pricingFields.includes(name)));
  const more = withoutNulls(fields, ownFields);
  return {
    kind: 'status',
    address: null,
    externalId: externalId.data,
    messageId: toMessageIdOf(externalId.data, asText(fields['callbackData'])),
    status,
    atMs: toMs(fields['doneAt']) ?? toMs(fields['sentAt']) ?? nowMs,
    ...(status === 'failed' && { failure: toLateFailure(told.data, error) }),
    ...(Object.keys(pricing).length > 0 && { pricing }),
    ...(more !== undefined && { more }),
  };
}

function statusOf(told: Status): StatusUpdate['status'] | null {
  const state = stateOf(told);
  switch (state) {
    case 'taken':
      return 'submitted';
    case 'delivered':
      return told.id === toOperator ? 'sent' : 'delivered';
    case 'failed':
      return 'failed';
    case 'unknown':
      return null;
    default:
      return state satisfies never;
  }
}

/** The person has read it. Like a delivery report it is for the channel that was called: of its two numbers, none is needed. */
export function parseSeen(fields: JsonObject, nowMs: number): WebhookUpdate {
  const externalId = externalIdSchema.safeParse(fields['messageId']);
  if (!externalId.success) {
    return unrecognised(null, 'expected a seen report with a message id, came one without', fields);
  }
  const more = withoutNulls(fields, ['messageId', 'callbackData', 'seenAt']);
  return {
    kind: 'status',
    address: null,
    externalId: externalId.data,
    messageId: toMessageIdOf(externalId.data, asText(fields['callbackData'])),
    status: 'read',
    atMs: toMs(fields['seenAt']) ?? nowMs,
    ...(more !== undefined && { more }),
  };
}
