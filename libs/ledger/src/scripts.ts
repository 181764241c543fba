import { readFileSync } from 'node:fs';
import type { ScriptArgument } from '@posthorn/runtime';
import { createRedisScript } from '@posthorn/runtime';
import type { Redis } from 'ioredis';
import type { ChannelRef } from './ledger.ts';

const names = [
  'accept',
  'join',
  'claim',
  'record',
  'status',
  'receive',
  'note',
  'cancel',
  'replay',
  'get',
  'list',
  'events',
  'event',
  'outbox-take',
  'outbox-read',
  'sweep',
  'held',
  'release',
  'discard',
  'looked',
  'late',
  'wait',
] as const;
type ScriptName = (typeof names)[number];

/** The key that every other key of a channel is built from. Its braces are the Redis Cluster hash tag. */
export function channelBase(channel: ChannelRef): string {
  return `posthorn:{${channel.id}}:`;
}

export interface ScriptDeps {
  readonly redis: Redis;
  /** Lua that defines `add_job(queue, id, name, data, priority, delay_ms, now_ms)`; see libs/queue. */
  readonly addJobLua: string;
  /** The key prefix of a channel's send queue; see libs/queue. */
  readonly sendQueueKeys: (channel: ChannelRef) => string;
  /** For tests: the time that scripts go by, in ms. Without it they ask Redis. */
  readonly now?: (() => number) | undefined;
}

/** Calls one of the ledger's scripts in the slot of a channel. The answer is raw; bulk strings are Buffers. */
export type RunScript = (name: ScriptName, channel: ChannelRef, args: readonly ScriptArgument[]) => Promise<unknown>;

/** What some scripts share besides the prelude. */
const fragmentByScript: Readonly<Partial<Record<ScriptName, string>>> = {
  events: 'render',
  event: 'render',
  'outbox-take': 'pointers',
  'outbox-read': 'pointers',
};

/** Loads the scripts from `lua/`, each with the queue's add_job and the prelude above it. */
export function createScripts({ redis, addJobLua, sendQueueKeys, now }: ScriptDeps): RunScript {
  const read = (name: string): string => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  const prelude = read('prelude');
  const scriptByName = new Map(
    names.map((name) => {
      const fragment = fragmentByScript[name];
      const own = fragment === undefined ? read(name) : `${read(fragment)}\n${read(name)}`;
      return [name, createRedisScript(redis, `${addJobLua}\n${prelude}\n${own}`)];
    }),
  );
  return async (name, channel, args) => {
    const script = scriptByName.get(name);
    if (script === undefined) throw new Error(`no script is called ${name}`);
    return await script([channelBase(channel), sendQueueKeys(channel)], [channel.id, now?.() ?? 0, ...args]);
  };
}
