import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { providers } from '@posthorn/providers';
import { createPauses, createQueues, sendJobScript } from '@posthorn/queue';
import { createSilentLog, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { Redis } from 'ioredis';
import { putDemoChannel } from './demo-channel.ts';
import { demoProviders } from './demo-providers.ts';
import { newKeys } from './keys-file.ts';
import { testRedisUrl } from './testing/run-cli.ts';

const redis = new Redis(testRedisUrl());
beforeAll(async () => void (await redis.flushdb()));
afterAll(async () => void (await redis.quit()));

describe('a demo channel', () => {
  it.each(demoProviders)(
    '$channelId is changed only where something about it changed, and keeps what someone else set',
    async (demo) => {
      const keys = newKeys();
      const sealer = createSealer(parseKeyRing(keys.sealingKeys, keys.lookupKey));
      const queues = createQueues(redis);
      const registry = await createChannelRegistry({ redis, sealer, log: createSilentLog(), followMs: 0 });
      const deps = {
        registry,
        ledger: createLedger({
          redis,
          sealer,
          ...sendJobScript(),
        }),
        pauses: createPauses({ redis, queues, clock: systemClock }),
        providers,
      };
      const apiUrl = 'http://127.0.0.1:8080';
      const put = async (sandboxUrl: string) => await putDemoChannel(deps, demo, keys.sandbox, { sandboxUrl, apiUrl });
      const channel = () => registry.get(demo.channelId);
      await put('http://127.0.0.1:8090');
      const first = channel();
      await put('http://127.0.0.1:8090');
      expect(channel()).toEqual(first);
      if (first !== null) await registry.put({ ...first, pacePerSecond: 5 });
      await put('http://127.0.0.1:9090');
      expect(channel()?.version).toBeGreaterThan(first?.version ?? Infinity);
      expect(channel()?.pacePerSecond).toBe(5);
      expect(JSON.stringify(channel()?.settings)).toContain('http://127.0.0.1:9090');
      await queues.close();
      await registry.close();
    },
  );
});
