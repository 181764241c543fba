import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import type { Signs } from './judge-signs.ts';

/** Signs of life of the processes of one group: `posthorn:{<group>}:live`, a hash with a field each. */
export interface Presence {
  /** Gives a sign of this process, and looks at all. */
  readonly look: () => Promise<Signs>;
  /** Says that this process leaves: others need not wait until it has been missed. */
  readonly leave: () => Promise<void>;
}

/** Who died is forgotten after a minute, the whole key an hour after the last sign. */
const keptMs = 60_000;
const keyKeptMs = 3_600_000;

const lua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] == 'leave' and -now or now)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local signs = redis.call('HGETALL', KEYS[1])
for at = 1, #signs, 2 do
  if now - math.abs(tonumber(signs[at + 1])) > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], signs[at]) end
end
return { now, signs }
`;

const text = z.instanceof(Buffer).transform(String);
const replySchema = z.tuple([z.number(), z.array(text)]);

export function createPresence(redis: RedisClient, group: string, process: string): Presence {
  const script = createRedisScript(redis, lua);
  const key = `posthorn:{${group}}:live`;
  const say = async (what: 'look' | 'leave') => await script([key], [process, what, keptMs, keyKeptMs]);
  return {
    look: async () => {
      const [atMs, pairs] = replySchema.parse(await say('look'));
      const byProcess = new Map<string, number>();
      for (let at = 0; at < pairs.length; at += 2) byProcess.set(pairs[at] ?? '', Number(pairs[at + 1]));
      return { atMs, byProcess };
    },
    leave: async () => void (await say('leave')),
  };
}
