import { z } from 'zod';
import type { TwilioProblem } from './errors.ts';

/** A message that was asked for: its form, read after the reference of the Messages resource. */
export type SendForm = {
  /** `+15550001111`, or a user id. */
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  readonly body: string | null;
  readonly mediaUrls: readonly string[];
  readonly contentSid: string | null;
  readonly variables: Readonly<Record<string, string>>;
  readonly location: string | null;
  readonly statusCallback: string | null;
};

export type ReadSend =
  | { readonly kind: 'message'; readonly form: SendForm }
  | { readonly kind: 'invalid'; readonly problem: TwilioProblem };

/** What the reference names. Twilio ignores others; here a name it does not have is a mistake that should show. */
const names: ReadonlySet<string> = new Set(
  (
    'To From MessagingServiceSid Body MediaUrl ContentSid ContentVariables StatusCallback ApplicationSid ValidityPeriod ' +
    'PersistentAction ProvideFeedback Attempt SendAt ScheduleType ContentRetention AddressRetention ShortenUrls RiskCheck ' +
    'SmartEncoded ForceDelivery FallbackFrom SendAsMms MaxPrice TrafficType'
  ).split(' '),
);
const repeatable: ReadonlySet<string> = new Set(['MediaUrl', 'PersistentAction']);

const addressPattern = /^whatsapp:(\+[1-9]\d{1,14}|[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128})$/;
const geoPattern = /^geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(?:\|[^|]*)?$/;
const variablesSchema = z
  .record(z.string().min(1).max(16), z.string().min(1))
  .refine((variables) => Object.keys(variables).length <= 100)
  .refine((variables) => Object.values(variables).every((value) => count(value) <= 1600 && !/[\r\n]/.test(value)));

/** Reads a form, and says what Twilio says to one that is wrong. */
export function readSend(body: string | null): ReadSend {
  if (body === null) return invalid(21604);
  const form = new URLSearchParams(body);
  for (const name of new Set(form.keys())) {
    if (!names.has(name)) return invalid(20001, `Unknown parameter: ${name}`);
    if (!repeatable.has(name) && form.getAll(name).length > 1) return invalid(20001, `Parameter given twice: ${name}`);
  }
  const text = form.get('Body');
  const mediaUrls = form.getAll('MediaUrl');
  const contentSid = form.get('ContentSid');
  const location = form.get('PersistentAction');
  const variables = readVariables(form.get('ContentVariables'));
  const code = [
    addressFault(form),
    text !== null && count(text) > 1600 ? 21617 : null,
    mediaUrls.length > 10 ? 21623 : null,
    mediaUrls.every(isPublicUrl) ? null : 21620,
    contentSid !== null && !/^HX[0-9a-fA-F]{32}$/.test(contentSid) ? 21655 : null,
    variables === null || (contentSid === null && form.has('ContentVariables')) ? 21656 : null,
    location !== null && !isPlace(location) ? 20001 : null,
    // A location needs a body, too.
    (text ?? '') === '' && mediaUrls.length === 0 && contentSid === null ? 21619 : null,
    isCallback(form.get('StatusCallback')) ? null : 21609,
    /^(?:[1-9]\d{0,3}|[12]\d{4}|3[0-5]\d{3}|36000)$/.test(form.get('ValidityPeriod') ?? '1') ? null : 21624,
  ].find((fault) => fault !== null);
  if (code !== undefined || variables === null) return invalid(code ?? 21656);
  return {
    kind: 'message',
    form: {
      to: withoutPrefix(form.get('To')) ?? '',
      from: withoutPrefix(form.get('From')),
      messagingServiceSid: form.get('MessagingServiceSid'),
      body: text,
      mediaUrls,
      contentSid,
      variables,
      location,
      statusCallback: form.get('StatusCallback'),
    },
  };
}

function addressFault(form: URLSearchParams): number | null {
  const [to, from] = [form.get('To'), form.get('From')];
  if (to === null) return 21604;
  if (!addressPattern.test(to)) return 21211;
  if (from === null) return form.has('MessagingServiceSid') ? null : 21603;
  if (!addressPattern.test(from)) return 21212;
  return from === to ? 63031 : null;
}

function readVariables(json: string | null): Readonly<Record<string, string>> | null {
  if (json === null) return {};
  try {
    return variablesSchema.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

function isPublicUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

function isPlace(action: string): boolean {
  const [, latitude, longitude] = geoPattern.exec(action) ?? [];
  return Math.abs(Number(latitude)) <= 90 && Math.abs(Number(longitude)) <= 180;
}

/** Twilio takes no host names with an underscore. */
function isCallback(value: string | null): boolean {
  if (value === null) return true;
  const url = URL.parse(value);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && !url.hostname.includes('_');
}

function withoutPrefix(address: string | null): string | null {
  return address?.replace(/^whatsapp:/, '') ?? null;
}

/** Characters as people count them. */
function count(text: string): number {
  let characters = 0;
  for (const _ of text) characters++;
  return characters;
}

function invalid(code: number, message?: string): ReadSend {
  return { kind: 'invalid', problem: { code, message } };
}
