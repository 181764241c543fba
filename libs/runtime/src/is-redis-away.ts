const awayByText =
  /Command timed out|Socket timeout|Connection is closed|Stream isn't writeable|max retries per request|Too many Cluster redirections|Cluster isn't ready|Cluster is ended|Failed to refresh slots cache|None of startup nodes|^(?:READONLY|LOADING|OOM|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|TRYAGAIN|BUSY|MISCONF)\b/u;
const awayByCode: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Nothing can be said for want of Redis, although no command failed. */
export class RedisAwayError extends Error {
  override readonly name = 'RedisAwayError';
}

/** Whether an error means that Redis takes nothing right now (gone, starting, failing over, full), and may again in a while. */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof RedisAwayError) return true;
  if (awayByText.test(error.message)) return true;
  if ('code' in error && typeof error.code === 'string' && awayByCode.has(error.code)) return true;
  return isRedisAway(error.cause);
}

/** Whether Redis itself refused a write because its memory is full. */
export function isStorageFull(error: unknown): boolean {
  return error instanceof Error && /^OOM\b/u.test(error.message);
}
