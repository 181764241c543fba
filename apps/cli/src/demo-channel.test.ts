import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { whatsappCloud } from '@posthorn/provider-whatsapp-cloud';
import { addJobLua, createPauses, createQueues, sendQueue } from '@posthorn/queue';
import { createSilentLog, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { demoChannelId, putDemoChannel } from './demo-channel.ts';
import { newKeys } from './keys-file.ts';
import { testRedisUrl } from './testing/run-cli.ts';

const redis = new Redis(testRedisUrl());
beforeAll(async () => void (await redis.flushdb()));
afterAll(async () => void (await redis.quit()));

describe('the demo channel', () => {
  it('is changed only where something about it changed, and keeps what someone else set', async () => {
    const keys = newKeys();
    const sealer = createSealer(parseKeyRing(keys.sealingKeys, keys.lookupKey));
    const queues = createQueues(redis);
    const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
    const deps = {
      registry,
      ledger: createLedger({
        redis,
        sealer,
        addJobLua: addJobLua(),
        sendQueueKeys: (channel: Parameters<typeof sendQueue>[0]) => sendQueue(channel).keyPrefix,
      }),
      pauses: createPauses({ redis, queues, clock: systemClock }),
      providers: [whatsappCloud],
    };
    const channel = () => registry.get(demoChannelId);
    await putDemoChannel(deps, keys.sandbox, 'http://127.0.0.1:8090');
    const first = channel();
    await putDemoChannel(deps, keys.sandbox, 'http://127.0.0.1:8090');
    expect(channel()).toEqual(first);
    if (first !== null) await registry.put({ ...first, pacePerSecond: 5 });
    await putDemoChannel(deps, keys.sandbox, 'http://127.0.0.1:9090');
    expect(channel()?.version).toBeGreaterThan(first?.version ?? Infinity);
    expect(channel()?.pacePerSecond).toBe(5);
    expect(channel()?.settings).toMatchObject({ baseUrl: 'http://127.0.0.1:9090' });
    await queues.close();
    await registry.close();
  });
});
