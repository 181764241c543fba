import { asText, type Json } from '@posthorn/whatsapp-format';

/** The last millisecond of the year 9999: later dates have no ISO 8601 form of four digits. */
const latestMs = 253_402_300_799_999;

/**
 * A date of Infobip's in milliseconds, undefined where it is none: `2025-11-24T16:00:00.000+0000`, whose offset has no colon
 * (ISO 8601 in full is read, too).
 */
export function toMs(value: Json | undefined): number | undefined {
  const text = asText(value) ?? '';
  const parts = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:(Z)|([+-]\d{2}):?(\d{2}))?$/u.exec(text);
  if (parts === null) return undefined;
  const [, local = '', , hours, minutes] = parts;
  const ms = Date.parse(`${local}${hours === undefined ? 'Z' : `${hours}:${minutes ?? '00'}`}`);
  return ms > 0 && ms <= latestMs ? ms : undefined;
}
