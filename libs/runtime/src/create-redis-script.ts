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
}

/**
 * Ties a call to the run of a server that the caller knows. The script is given to each run under a hash of its own, so a server that
 * was restarted, took over, or was given the slot does not know it, whoever else has used it there: it is asked who it is first.
 */
export interface ServerFence {
  /** The run that was seen last; null: none yet. */
  readonly known: () => string | null;
  /** Looks which run answers now, and does what a change asks for. */
  readonly look: () => Promise<string>;
}

/** Calls a script. All keys must share one hash tag. */
export type RedisScript = (
  keys: readonly string[],
  args: readonly ScriptArgument[],
  fence?: ServerFence,
) => Promise<unknown>;

interface Version {
  readonly plain: string;
  readonly flagged: string;
}

/**
 * A Lua script on one connection, called by its hash; the text follows only when the server does not know it yet (a new
 * server, a fail-over, another node of a cluster). Bulk strings come back as Buffers, because sealed bytes are no text.
 * Throws what Redis answers.
 */
export function createRedisScript(
  redis: RedisClient,
  lua: string,
  { allowOom = false }: RedisScriptOptions = {},
): RedisScript {
  const versionByRun = new Map<string, Version & { readonly shaOf: Readonly<Record<keyof Version, string>> }>();
  let form: keyof Version = allowOom ? 'flagged' : 'plain';

  function versionFor(run: string) {
    const known = versionByRun.get(run);
    if (known !== undefined) return known;
    const plain = run === '' ? lua : `${lua}\n-- ${run}`;
    const flagged = `#!lua flags=allow-oom\n${plain}`;
    const version = { plain, flagged, shaOf: { plain: shaOf(plain), flagged: shaOf(flagged) } };
    versionByRun.set(run, version);
    return version;
  }

  return async (keys, args, fence) => {
    const before = versionFor(fence === undefined ? '' : (fence.known() ?? (await fence.look())));
    const asked = form;
    try {
      return await redis.callBuffer('EVALSHA', before.shaOf[asked], keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    }
    const version = versionFor(fence === undefined ? '' : await fence.look());
    try {
      return await redis.callBuffer('EVAL', version[asked], keys.length, ...keys, ...args);
    } catch (error) {
      // Redis 6.2 takes the first line for Lua, and Lua for broken: nothing of it was run.
      if (asked === 'plain' || !(error instanceof Error) || !/compiling script/u.test(error.message)) throw error;
      form = 'plain';
      return await redis.callBuffer('EVAL', version.plain, keys.length, ...keys, ...args);
    }
  };
}

function shaOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
