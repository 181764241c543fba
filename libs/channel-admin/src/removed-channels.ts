import {
  channelIdSchema,
  providerIdSchema,
  tenantIdSchema,
  type ChannelId,
  type ProviderId,
  type TenantId,
} from '@posthorn/message';
import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';

const removedKey = 'posthorn:{channels}:removed';
/** As long as the ledger keeps anything of their messages. */
const rememberedMs = 31 * 86_400_000;

const removedSchema = z.object({
  id: channelIdSchema,
  provider: providerIdSchema,
  tenantId: tenantIdSchema,
  goneAtMs: z.number(),
});

/** Whose a channel was that is gone: what is left of its messages is still theirs. */
export async function rememberRemoved(redis: RedisClient, removed: z.infer<typeof removedSchema>): Promise<void> {
  for (const [id, text] of Object.entries(await redis.hgetall(removedKey)))
    if ((read(text)?.goneAtMs ?? 0) < removed.goneAtMs - rememberedMs) await redis.hdel(removedKey, id);
  await redis.hset(removedKey, removed.id, JSON.stringify(removed));
}

/** The channels of a tenant that were removed in the last 31 days. */
export async function removedChannels(
  redis: RedisClient,
  tenantId: TenantId,
): Promise<readonly { readonly id: ChannelId; readonly provider: ProviderId }[]> {
  const removed = (await redis.hvals(removedKey)).flatMap((text) => read(text) ?? []);
  return removed.filter((each) => each.tenantId === tenantId).map(({ id, provider }) => ({ id, provider }));
}

function read(text: string): z.infer<typeof removedSchema> | null {
  const value: unknown = JSON.parse(text);
  return removedSchema.safeParse(value).data ?? null;
}
