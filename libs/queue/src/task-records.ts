import type { ProviderId } from '@posthorn/message';
import { createRedisScript, type RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';
import { addJobLua } from './add-job-lua.ts';
import type { OnboardingJob } from './jobs.ts';
import { taskQueue } from './queue-ref.ts';

/** A record that is worked on by jobs of a provider's task queue, and the version that the next write replaces. */
export interface HeldRecord<Value> {
  readonly value: Value;
  readonly version: number;
}

/** A job that goes with a write: added in the same script, so that there is never the one without the other. */
export interface RecordJob {
  readonly id: string;
  readonly data: OnboardingJob;
  readonly nowMs: number;
}

/** Records beside a provider's task queue, sealed, in its slot. Each lives `keptMs` after its last write. */
export interface TaskRecords<Value> {
  readonly read: (provider: ProviderId, id: string) => Promise<HeldRecord<Value> | null>;
  /**
   * Compare and set (`replaces` 0: there is none yet), with a job or without. The new version, or null where something else was written
   * meanwhile.
   */
  readonly save: (
    provider: ProviderId,
    id: string,
    replaces: number,
    value: Value,
    job?: RecordJob,
  ) => Promise<number | null>;
}

export interface TaskRecordsDeps<Value> {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly schema: z.ZodType<Value>;
  readonly keptMs: number;
}

const fieldsSchema = z.tuple([
  z.instanceof(Buffer),
  z.instanceof(Buffer).transform((version) => Number(String(version))),
]);

/** Keeps sealed records for jobs that hold pointers only. */
export function createTaskRecords<Value>({
  redis,
  sealer,
  schema,
  keptMs,
}: TaskRecordsDeps<Value>): TaskRecords<Value> {
  const save = createRedisScript(
    redis,
    `${addJobLua()}
if (redis.call('HGET', KEYS[2], 'v') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'r', ARGV[2])
local version = redis.call('HINCRBY', KEYS[2], 'v', 1)
redis.call('PEXPIRE', KEYS[2], ${keptMs})
if ARGV[3] ~= '' then add_job(KEYS[1], ARGV[3], ARGV[4], ARGV[5], 0, 0, tonumber(ARGV[6])) end
return version`,
  );
  const keyOf = (provider: ProviderId, id: string): string => `${taskQueue(provider).prefix}:record:${id}`;
  return {
    read: async (provider, id) => {
      const fields = fieldsSchema.safeParse(await redis.hmgetBuffer(keyOf(provider, id), 'r', 'v'));
      if (!fields.success) return null;
      const [blob, version] = fields.data;
      const plain = sealer.open(blob, id);
      const value = plain === null ? null : schema.safeParse(JSON.parse(plain.toString()));
      return value?.success === true ? { value: value.data, version } : null;
    },
    save: async (provider, id, replaces, value, job) => {
      const sealed = sealer.seal(JSON.stringify(value), id);
      const added = job === undefined ? ['', '', '', 0] : [job.id, job.data.kind, JSON.stringify(job.data), job.nowMs];
      const version = z
        .number()
        .parse(await save([taskQueue(provider).keyPrefix, keyOf(provider, id)], [replaces, sealed, ...added]));
      return version === 0 ? null : version;
    },
  };
}
