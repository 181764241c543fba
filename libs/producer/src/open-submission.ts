import { assembleSubmission, createConnectChannel } from '@posthorn/admission';
import { createChannelRegistry } from '@posthorn/channel';
import { createLedger } from '@posthorn/ledger';
import { createMediaLookUp } from '@posthorn/media/look-up';
import { providers } from '@posthorn/providers';
import { sendJobScript } from '@posthorn/queue';
import { createKeyRegister, faultsOfKeys, watchKeys } from '@posthorn/rotation';
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
import { createSealer, parseKeyRing, type KeyRing } from '@posthorn/sealing';
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
  const ring = parseKeyRing(sealingKeys, lookupKey);
  const sealer = createSealer(ring);
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
    await refuseForeignKeys(redis, ring);
    const memory = watchRedisMemory({ redis, log });
    closers.push(memory.close);
    const channels = await createChannelRegistry({ redis, sealer, log, followMs, refusesForeignKeys: true });
    closers.push(channels.close);
    // It seals, too: a rotation has to know with which key. Not before it is known that these are the fleet's.
    closers.push(watchKeys({ redis, ring, log }).close);
    const submission = assembleSubmission({
      redis,
      channels,
      connect: createConnectChannel(new Map(providers.map((provider) => [provider.id, provider])), log),
      ledger: createLedger({
        redis,
        sealer,
        ...sendJobScript(),
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

/** What was sealed or hashed with other keys than the fleet's could be found by nobody: neither to send it nor to see an opt-out. */
async function refuseForeignKeys(redis: RedisClient, ring: KeyRing): Promise<void> {
  const use = await createKeyRegister({ redis, ring, clock: systemClock }).read();
  // A key that is only missing here is told in the log: what can be opened goes on, as in the apps.
  const [fault] = faultsOfKeys({ ...use, keys: use.keys.filter(({ here }) => here === 'another') });
  if (fault !== undefined) throw new Error(`${fault.says}. To do: ${fault.remedy}`);
}

function toDestination(log: NonNullable<ProducerOptions['log']>) {
  return { write: (line: string) => void log.write(line) };
}
