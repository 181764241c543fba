/**
 * Reads a `Retry-After` header: whole seconds, or an HTTP date (reckoned against the answer's own `Date`, so that a
 * wrong clock does not matter). In milliseconds, or null where it is absent, negative, fractional or unreadable.
 * A past date is 0. Source: RFC 9110, section 10.2.3.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return null;
  if (/^\d+$/u.test(value)) return Number(value) * 1_000;
  if (!/^[A-Za-z]{3}, /u.test(value)) return null;
  const until = Date.parse(value);
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(until) ? null : Math.max(0, until - (Number.isNaN(date) ? nowMs : date));
}
