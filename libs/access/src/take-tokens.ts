import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import { tenantsKey } from './tenants.ts';

/**
 * A token bucket per tenant, with the quota read from the tenant's record. `need` is given whole or not at all; `want` and, if
 * asked for, a lease besides as far as there are any. A lease is what half a second uses up, at most a twentieth of the quota.
 */
const lua = `
local record = redis.call('HGET', KEYS[1], ARGV[1])
local intake = record and cjson.decode(record).intake
if type(intake) ~= 'table' then return {} end
local quota, per = intake.messages, intake.perMs
local need, want, withLease = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local nowMs = tonumber(ARGV[5])
if nowMs == 0 then
  local time = redis.call('TIME')
  nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
end
local stored = redis.call('HMGET', KEYS[2], 'tokens', 'at')
local elapsed = math.max(0, nowMs - (tonumber(stored[2]) or nowMs))
local tokens = math.min(quota, (tonumber(stored[1]) or quota) + elapsed * quota / per)
local lease = math.max(1, math.ceil(math.min(quota / 20, quota / per * 500)))
local granted = 0
if tokens >= need then
  granted = math.floor(math.min(tokens, math.max(need, want) + (withLease and lease or 0)))
end
tokens = tokens - granted
redis.call('HSET', KEYS[2], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', nowMs))
redis.call('PEXPIRE', KEYS[2], per * 2)
return { quota, per, granted, string.format('%.6f', tokens), lease }
`;

const answerSchema = z.union([
  z.tuple([]).transform(() => null),
  z
    .tuple([z.number(), z.number(), z.number(), z.instanceof(Buffer).transform(Number), z.number()])
    .transform(([quota, perMs, granted, left, lease]) => ({ quota, perMs, granted, left, lease })),
]);

/** What the shared bucket gave; null where the tenant has no limit. */
export type Grant = z.infer<typeof answerSchema>;

/** Makes the call to the shared bucket. Throws when Redis is away. */
export function createTakeTokens(redis: RedisClient, redisNow: () => number = () => 0) {
  const script = createRedisScript(redis, lua);
  return async (
    tenantId: string,
    { need, want, withLease }: { readonly need: number; readonly want: number; readonly withLease: boolean },
  ): Promise<Grant> => {
    const keys = [tenantsKey, `posthorn:{access}:intake:${tenantId}`];
    return answerSchema.parse(await script(keys, [tenantId, need, want, withLease ? 1 : 0, redisNow()]));
  };
}
