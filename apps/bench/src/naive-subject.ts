import type { RedisClient } from '@posthorn/runtime';
import { Queue } from 'bullmq';
import { z } from 'zod';
import { startProcess } from './app-process.ts';
import { cpuSecondsOf } from './cpu.ts';
import { call } from './fleet.ts';
import type { Subject } from './subject.ts';

export interface NaiveOptions {
  readonly name: string;
  readonly queue: string;
  readonly redisUrl: string;
  /** For looking at the queue. */
  readonly redis: RedisClient;
  /** The provider's address and token; null: the worker does nothing. */
  readonly sendTo: { readonly url: string; readonly token: string } | null;
  /** False: nobody takes the jobs. */
  readonly works: boolean;
  readonly env: Readonly<Record<string, string>>;
}

const finishedSchema = z.array(z.tuple([z.string(), z.number()]));

export type NaiveSubject = Subject & {
  /** Adds a job without HTTP, from this process. */
  readonly add: (to: string, text: string) => Promise<void>;
  /** Forgets all jobs. */
  readonly empty: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The naive app: one route, one queue, one worker with one HTTP call, no ledger; in as many processes as posthorn. */
export async function startNaive(options: NaiveOptions): Promise<NaiveSubject> {
  const env = {
    ...options.env,
    REDIS_URL: options.redisUrl,
    NAIVE_QUEUE: options.queue,
    NAIVE_CALL: options.sendTo?.url ?? '',
    NAIVE_TOKEN: options.sendTo?.token ?? '',
  };
  const start = async (program: string): Promise<Awaited<ReturnType<typeof startProcess>>> =>
    await startProcess(`naive ${program}`, new URL(`./naive/${program}.ts`, import.meta.url), env, cpuSecondsOf);
  const [http, worker] = await Promise.all([start('http'), options.works ? start('worker') : null]);
  const queue = new Queue(options.queue, { connection: options.redis });
  const bodyOf = (to: string, text: string): object => ({ to, content: { type: 'text', body: text } });
  return {
    name: options.name,
    origin: http.url,
    processes: worker === null ? [http] : [http, worker],
    connectionNames: ['naive-http', 'naive-worker'],
    request: (to, text) => ({
      label: 'accept',
      path: '/v1/messages',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(to, text)),
    }),
    backlog: async () => await queue.getJobCountByTypes('waiting', 'prioritized', 'active', 'delayed'),
    submittedAt: async () => new Map(worker === null ? [] : finishedSchema.parse(await call(worker.url, 'GET'))),
    pause: async () => await queue.pause(),
    resume: async () => await queue.resume(),
    add: async (to, text) => void (await queue.add('send', bodyOf(to, text))),
    empty: async () => await queue.obliterate({ force: true }),
    close: async () => {
      await Promise.all([http.stop(), worker?.stop()]);
      await queue.close();
    },
  };
}
