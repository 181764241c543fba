import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** What a script takes: text, numbers (as text), or sealed bytes. */
export type ScriptArgument = string | number | Buffer;

/**
 * A Lua script on one connection, called by its hash; the text follows only when the server does not know it yet (a new
 * server, a fail-over). All keys must share one hash tag. Bulk strings come back as Buffers, because sealed bytes are no text.
 * Throws what Redis answers.
 */
export function createRedisScript(
  redis: Redis,
  lua: string,
): (keys: readonly string[], args: readonly ScriptArgument[]) => Promise<unknown> {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (keys, args) => {
    try {
      return await redis.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await redis.callBuffer('EVAL', lua, keys.length, ...keys, ...args);
    }
  };
}
