import type { Json } from './json.ts';

/** The last millisecond of the year 9999: later dates have no ISO 8601 form of four digits. */
const latestMs = 253_402_300_799_999;
/** As seconds it is the year 5138, as milliseconds 1973: it parts the two. */
const secondsMax = 100_000_000_000;

/** A timestamp of Meta's: seconds, sometimes milliseconds; a text, sometimes a number. Undefined where it is none. */
export function toMs(value: Json | undefined): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d{1,16}(?:\.\d{1,9})?$/u.test(value));
  const given = isNumber ? Number(value) : Number.NaN;
  if (!(given > 0)) return undefined;
  const ms = Math.round(given < secondsMax ? given * 1_000 : given);
  return ms <= latestMs ? ms : undefined;
}
