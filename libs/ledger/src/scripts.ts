import { readFileSync } from 'node:fs';
import type { RedisClient, ScriptArgument, ServerFence } from '@posthorn/runtime';
import { createRedisScript } from '@posthorn/runtime';
import { z } from 'zod';
import type { ChannelRef } from './ledger.ts';

const names = [
  'accept',
  'join',
  'claim',
  'record',
  'status',
  'receive',
  'recipient',
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
  'bury',
  'looked',
  'late',
  'wait',
  'server',
  'restore',
  'recover',
  'keep',
  'keep-older',
  'told',
  'erase',
  'erase-recipient',
  'event-data',
  'with-files',
] as const;
type ScriptName = (typeof names)[number];

/** The key that every other key of a channel is built from. Its braces are the Redis Cluster hash tag. */
export function channelBase(channel: ChannelRef): string {
  return `posthorn:{${channel.id}}:`;
}

export interface ScriptDeps {
  readonly redis: RedisClient;
  /** Lua that defines `add_job(queue, id, name, data, priority, delay_ms, now_ms)`; see libs/queue. */
  readonly addJobLua: string;
  /** The key prefix of a channel's send queue; see libs/queue. */
  readonly sendQueueKeys: (channel: ChannelRef) => string;
  /** For tests: the time that scripts go by, in ms. Without it they ask Redis. */
  readonly now?: (() => number) | undefined;
  /** Claims go only to a run of a server that was looked at: another one may have lost those before. Without it, to any. */
  readonly fenceOf?: ((channel: ChannelRef) => ServerFence) | undefined;
}

/** Calls one of the ledger's scripts in the slot of a channel. The answer is raw; bulk strings are Buffers. */
export type RunScript = (name: ScriptName, channel: ChannelRef, args: readonly ScriptArgument[]) => Promise<unknown>;

/** Where memory is full, these are refused; all others end what was begun, and must not be lost. */
const takesNewWork: ReadonlySet<ScriptName> = new Set(['accept', 'replay', 'release']);

/** What some scripts share besides the prelude. */
const fragmentByScript: Readonly<Partial<Record<ScriptName, string>>> = {
  events: 'render',
  event: 'render',
  'outbox-take': 'pointers',
  'outbox-read': 'pointers',
};

interface Waiting {
  readonly args: readonly ScriptArgument[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Redis does nothing else while a script runs: about 100 µs a call, so this many take some 3 ms. */
const batchMost = 32;
const repliesSchema = z.array(z.unknown());

/**
 * Loads the scripts from `lua/`, each with the queue's add_job and the prelude above it. What one turn of the event loop asks of
 * the same script and channel goes out as one call (a group commit): under load that is several messages for one round trip. A call that
 * fails fails alone; the others of its batch are done.
 */
export function createScripts({ redis, addJobLua, sendQueueKeys, now, fenceOf }: ScriptDeps): RunScript {
  const read = (name: string): string => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  const [prelude, each] = [read('prelude'), read('each')];
  const scriptByName = new Map(
    names.map((name) => {
      const fragment = fragmentByScript[name];
      const own = fragment === undefined ? read(name) : `${read(fragment)}\n${read(name)}`;
      const lua = [addJobLua, prelude, 'local function one(ARGV)', own, 'end', each].join('\n');
      return [name, createRedisScript(redis, lua, { allowOom: !takesNewWork.has(name) })];
    }),
  );
  const waitingByCall = new Map<string, Waiting[]>();

  async function send(name: ScriptName, channel: ChannelRef, batch: readonly Waiting[]): Promise<void> {
    const script = scriptByName.get(name);
    if (script === undefined) throw new Error(`no script is called ${name}`);
    const args = batch.flatMap((call) => [call.args.length, ...call.args]);
    try {
      const keys = [channelBase(channel), sendQueueKeys(channel)];
      const fence = name === 'claim' ? fenceOf?.(channel) : undefined;
      const replies = repliesSchema.parse(await script(keys, [channel.id, now?.() ?? 0, ...args], fence));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const reply = replies[at];
        if (reply instanceof Error) reject(reply);
        else resolve(reply);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (name, channel, args) =>
    new Promise((resolve, reject) => {
      const call = `${name} ${channel.id}`;
      const waiting = waitingByCall.get(call);
      const entry = { args, resolve, reject };
      if (waiting !== undefined && waiting.length < batchMost) {
        waiting.push(entry);
        return;
      }
      const batch = [entry];
      waitingByCall.set(call, batch);
      setImmediate(() => {
        if (waitingByCall.get(call) === batch) waitingByCall.delete(call);
        void send(name, channel, batch);
      });
    });
}
