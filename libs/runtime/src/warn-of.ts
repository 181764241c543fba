import type { Log } from './create-log.ts';
import { isConnectionAway } from './redis-words.ts';

/** Warns of what failed and is done again anyway, but not that its connection is away: `connectRedis` tells that, once for all that use it. */
export function warnOf(log: Log, error: unknown, fields: object, words: string): void {
  if (!isConnectionAway(error)) log.warn({ err: error, ...fields }, words);
}
