import { randomUUID } from 'node:crypto';
import { channelInputSchema, createChannelRegistry, type Channel } from '@posthorn/channel';
import { createLedger, type Ledger } from '@posthorn/ledger';
import { providerIdSchema } from '@posthorn/message';
import { sendJobScript } from '@posthorn/queue';
import { createKeyRegister } from '@posthorn/rotation';
import { createSilentLog, systemClock, type RedisClient } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';

/** A database of these tests alone: the keys of a fleet are noted in it, and those of other tests are others. */
export const testRedisUrl = `${process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379'}/4`;

/** The fleet's side of a producer under test: its ledger, and channels in its registry. */
export interface Fleet {
  readonly ledger: Ledger;
  readonly putChannel: (tenantId: string, state: 'open' | 'draining') => Promise<Channel>;
  /** Takes the channels out again. */
  readonly close: () => Promise<void>;
}

export async function openFleet(redis: RedisClient, sealingKeys: string, lookupKey: string): Promise<Fleet> {
  const ring = parseKeyRing(sealingKeys, lookupKey);
  const sealer = createSealer(ring);
  await redis.flushdb();
  await createKeyRegister({ redis, ring, clock: systemClock }).note();
  const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
  const ledger = createLedger({
    redis,
    sealer,
    ...sendJobScript(),
  });
  const channels: Channel[] = [];
  return {
    ledger,
    putChannel: async (tenantId, state) => {
      const channel = await registry.put(
        channelInputSchema.parse({
          id: `direct-${randomUUID()}`,
          tenantId,
          provider: providerIdSchema.parse('whatsapp-cloud'),
          settings: {
            phoneNumberId: '1',
            wabaId: '1',
            accessToken: 'EAA',
            appSecret: 'of the tests',
            verifyToken: 'v',
          },
        }),
      );
      channels.push(channel);
      await ledger.setState(channel, state);
      return channel;
    },
    close: async () => {
      for (const { id } of channels) await registry.remove(id);
      await registry.close();
    },
  };
}
