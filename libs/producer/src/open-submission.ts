import { assembleSubmission, createConnectChannel } from '@posthorn/admission';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { createMediaLookUp } from '@posthorn/media/look-up';
import { providers } from '@posthorn/providers';
import { addJobLua, sendQueue } from '@posthorn/queue';
import {
  checkRedis,
  closeRedis,
  coalesceWrites,
  connectRedis,
  createLog,
  createSilentLog,
  systemClock,
  watchRedisMemory,
  type RedisClient,
} from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import type { Submission } from '@posthorn/submission';
import type { ProducerOptions } from './producer.ts';

const followMs = 1000;

export interface OpenedSubmission {
  readonly submission: Submission;
  readonly redis: RedisClient;
  readonly close: () => Promise<void>;
}

/** Opens what a send needs; closes again what it opened where that fails half-way. */
export async function openSubmission(options: ProducerOptions, waitMs: number): Promise<OpenedSubmission> {
  const { redisUrl, sealingKeys, lookupKey, publicUrl, buckets = [] } = options;
  const sealer = createSealer(parseKeyRing(sealingKeys, lookupKey));
  const log =
    options.log === undefined
      ? createSilentLog()
      : createLog({ app: 'producer', destination: toDestination(options.log) });
  const redis = connectRedis({ url: redisUrl, role: 'producer', log, name: 'posthorn-producer' });
  const closers: (() => Promise<void>)[] = [async () => closeRedis(redis)];
  const close = async () => {
    for (const each of closers.splice(0).toReversed()) await each();
  };
  try {
    const found = await checkRedis(redis, waitMs);
    if (found.kind === 'unsuitable') throw new Error(found.says);
    coalesceWrites(redis);
    const memory = watchRedisMemory({ redis, log });
    closers.push(memory.close);
    const channels = await createChannelRegistry({ redis, sealer, log, followMs, refusesForeignKeys: true });
    closers.push(channels.close);
    const submission = assembleSubmission({
      redis,
      channels,
      connect: createConnectChannel(new Map(providers.map((provider) => [provider.id, provider])), log),
      ledger: createLedger({
        redis,
        sealer,
        addJobLua: addJobLua(),
        sendQueueKeys: (channel) => sendQueue(channel).keyPrefix,
      }),
      memory,
      files: {
        find: createMediaLookUp({ redis, sealer, clock: systemClock }),
        hasBucket: (_tenantId, bucket) => buckets.includes(bucket),
      },
      publicUrl: publicUrl ?? null,
      clock: systemClock,
    });
    return { submission, redis, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function toDestination(log: NonNullable<ProducerOptions['log']>) {
  return { write: (line: string) => void log.write(line) };
}
