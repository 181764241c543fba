import { createHash } from 'node:crypto';
import type { RedisClient } from './connect-redis.ts';

/** What a script takes: text, numbers (as text), or sealed bytes. */
export type ScriptArgument = string | number | Buffer;

/** What a script is given besides. */
export interface RedisScriptOptions {
  /**
   * It runs even where memory is full, for it makes room, or writes down what must not be forgotten. Only Redis 7 and Valkey know
   * the flag; an older server refuses the script then, as any other.
   */
  readonly allowOom?: boolean;
  /** Awaited before the script is given to a server that does not know it: a new one, one restarted, one that took over. */
  readonly onUnknown?: () => Promise<void>;
}

/**
 * A Lua script on one connection, called by its hash; the text follows only when the server does not know it yet (a new
 * server, a fail-over, another node of a cluster). All keys must share one hash tag. Bulk strings come back as Buffers, because sealed bytes are no text.
 * Throws what Redis answers.
 */
export function createRedisScript(
  redis: RedisClient,
  lua: string,
  { allowOom = false, onUnknown }: RedisScriptOptions = {},
): (keys: readonly string[], args: readonly ScriptArgument[]) => Promise<unknown> {
  const plain = { text: lua, sha: shaOf(lua) };
  const flagged = `#!lua flags=allow-oom\n${lua}`;
  let script = allowOom ? { text: flagged, sha: shaOf(flagged) } : plain;

  return async (keys, args) => {
    const asked = script;
    try {
      return await redis.callBuffer('EVALSHA', asked.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    }
    await onUnknown?.();
    try {
      return await redis.callBuffer('EVAL', asked.text, keys.length, ...keys, ...args);
    } catch (error) {
      // Redis 6.2 takes the first line for Lua, and Lua for broken: nothing of it was run.
      if (asked === plain || !(error instanceof Error) || !/compiling script/u.test(error.message)) throw error;
      script = plain;
      return await redis.callBuffer('EVAL', plain.text, keys.length, ...keys, ...args);
    }
  };
}

function shaOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
