import { externalIdSchema, type InboundContent, type InboundMedia, type InboundMessage } from '@posthorn/message';
import type { MessageUpdate, WebhookUpdate } from '@posthorn/provider';
import type { Entry } from './read-entries.ts';
import { toAddress } from './to-address.ts';

/** A message that a person wrote. Its type is Twilio's word, or told by its fields; what has no place of its own goes to `more`. */
export function parseMessage(entry: Entry, nowMs: number): WebhookUpdate {
  const externalId = externalIdSchema.safeParse(entry['MessageSid'] ?? entry['SmsMessageSid'] ?? entry['SmsSid']);
  const userId = toAddress(entry['ExternalUserId']);
  const from = toAddress(entry['From']) ?? userId;
  if (!externalId.success || from === undefined) {
    return {
      kind: 'unrecognised',
      address: null,
      why: 'expected a message with MessageSid and From, came not both',
      data: entry,
    };
  }
  const type = typeOf(entry);
  const message: MessageUpdate['message'] = {
    externalId: externalId.data,
    from,
    userId,
    profileName: entry['ProfileName'] === '' ? undefined : entry['ProfileName'],
    sentAt: new Date(nowMs).toISOString(),
    content: toContent(entry, type),
    context: toContext(entry),
    referral: toReferral(entry),
    more: toMore(entry, externalId.data),
  };
  return { kind: 'message', address: toAddress(entry['To']) ?? null, message };
}

function typeOf(entry: Entry): string {
  const told = entry['MessageType'];
  if (told !== undefined && /^\w{1,40}$/u.test(told)) return told;
  const mimeType = entry['MediaContentType0'] ?? '';
  if (entry['MediaUrl0'] !== undefined) {
    if (/^text\/(?:x-)?vcard/iu.test(mimeType)) return 'contacts';
    return /^(image|video|audio)\//u.exec(mimeType)?.[1] ?? 'document';
  }
  if (entry['Latitude'] !== undefined && entry['Longitude'] !== undefined) return 'location';
  if (entry['ListId'] !== undefined || entry['InteractiveData'] !== undefined || entry['FlowData'] !== undefined)
    return 'interactive';
  if (entry['ButtonPayload'] !== undefined || entry['ButtonText'] !== undefined) return 'button';
  return 'text';
}

const pressedFields = [
  'ButtonText',
  'ButtonPayload',
  'ListId',
  'ListTitle',
  'ListDescription',
  'InteractiveData',
  'FlowData',
];

function toContent(entry: Entry, type: string): InboundContent {
  const media = toMedia(entry);
  const text = filled(entry['ButtonText']) ?? filled(entry['ListTitle']) ?? filled(entry['Body']);
  const pressed = only(entry, pressedFields);
  const latitude = Number(filled(entry['Latitude']));
  const longitude = Number(filled(entry['Longitude']));
  const isPlace = Number.isFinite(latitude) && Number.isFinite(longitude);
  return {
    type,
    ...(media === undefined ? { ...(text !== undefined && { text }) } : { media }),
    ...(pressed !== undefined && { data: pressed }),
    ...(isPlace && { data: { latitude, longitude, ...renamed(entry, { name: 'Label', address: 'Address' }) } }),
  };
}

function toMedia(entry: Entry): InboundMedia | undefined {
  const url = filled(entry['MediaUrl0']);
  if (url === undefined) return undefined;
  return {
    // The last part of its address is the media's SID.
    id: /[^/?#]+(?=\/?(?:[?#]|$))/u.exec(url)?.[0] ?? url,
    url,
    mimeType: filled(entry['MediaContentType0']),
    caption: filled(entry['Body']),
  };
}

function toContext(entry: Entry): InboundMessage['context'] {
  const quoted = externalIdSchema.safeParse(entry['OriginalRepliedMessageSid']).data;
  const from = toAddress(entry['OriginalRepliedMessageSender']);
  const forwarded = booleanOf(entry['Forwarded']);
  const frequentlyForwarded = booleanOf(entry['FrequentlyForwarded']);
  if (quoted === undefined && from === undefined && forwarded !== true && frequentlyForwarded !== true)
    return undefined;
  return { externalId: quoted, from, forwarded, frequentlyForwarded };
}

/** The advertisement someone came from. Twilio sends `ReferralNumMedia=0` with every message. */
function toReferral(entry: Entry): InboundMessage['referral'] {
  const names = Object.keys(entry).filter((name) => name.startsWith('Referral') && name !== 'ReferralNumMedia');
  return only(entry, names);
}

const placedFields: ReadonlySet<string> = new Set([
  'MessageSid',
  'From',
  'To',
  'ExternalUserId',
  'ProfileName',
  'MessageType',
  'Body',
  'MediaUrl0',
  'MediaContentType0',
  'Latitude',
  'Longitude',
  'Label',
  'Address',
  'OriginalRepliedMessageSid',
  'OriginalRepliedMessageSender',
  'Forwarded',
  'FrequentlyForwarded',
  ...pressedFields,
]);

function toMore(entry: Entry, externalId: string): Record<string, string> | undefined {
  const names = Object.keys(entry).filter((name) => {
    if (placedFields.has(name) || (name.startsWith('Referral') && name !== 'ReferralNumMedia')) return false;
    return !((name === 'SmsSid' || name === 'SmsMessageSid') && entry[name] === externalId);
  });
  return only(entry, names);
}

/** Those fields of the entry that are there, or undefined if none is. */
function only(entry: Entry, names: readonly string[]): Record<string, string> | undefined {
  const found = names.flatMap((name) => {
    const value = Object.hasOwn(entry, name) ? filled(entry[name]) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function renamed(entry: Entry, names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([ours, theirs]) => {
      const value = filled(entry[theirs]);
      return value === undefined ? [] : [[ours, value] as const];
    }),
  );
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function booleanOf(value: string | undefined): boolean | undefined {
  return value === 'true' ? true : value === 'false' ? false : undefined;
}
