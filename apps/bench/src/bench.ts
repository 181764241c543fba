import { rm } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { startPrivateRedis } from '@posthorn/private-redis';
import { closeRedis, connectRedis, systemClock } from '@posthorn/runtime';
import type { Own } from '@posthorn/runtime';
import { startFleet } from './fleet.ts';
import type { RunFigures, Stage } from './measure.ts';
import {
  measureBareAdd,
  measureLatency,
  measureMemory,
  measurePlainQueue,
  measureRoundTrips,
  measureThroughput,
} from './measure.ts';
import type { WebhookFigures } from './measure-webhooks.ts';
import { measureWebhooks } from './measure-webhooks.ts';
import type { NaiveOptions } from './naive-subject.ts';
import { startNaive } from './naive-subject.ts';
import type { BenchOptions } from './options.ts';
import { createPosthornSubject } from './posthorn-subject.ts';
import { watchRedis } from './redis-usage.ts';
import { median } from './statistics.ts';
import type { Subject } from './subject.ts';

/** Everything that was measured, as `--json` prints it. */
export interface BenchReport {
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly subjects: Readonly<Record<SubjectName, RunFigures>>;
  /** Every run behind the medians. */
  readonly runs: Readonly<Record<SubjectName, readonly RunFigures[]>>;
  readonly roundTripsByCommand: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly webhooks: WebhookFigures;
}

export const subjectNames = ['posthorn', 'naive', 'queue only', 'bare add'] as const;
export type SubjectName = (typeof subjectNames)[number];

const warmUpMessages = 1_500;
const roundTripMessages = 1_000;
const memoryMessagesMost = 5_000;
const dayMs = 86_400_000;
/** Apart from the data of `npm start`. */
const folder = join('.posthorn', 'bench');

/** Starts everything, measures, and gives back the figures. What it opens it hands to `own`; `say` tells people how far it is. */
export async function runBench(
  options: BenchOptions,
  childEnv: Readonly<Record<string, string>>,
  own: Own,
  say: (line: string) => void,
): Promise<BenchReport> {
  // What an earlier run with --aof left would be read at the start, and would count as memory.
  await rm(join(folder, 'data'), { recursive: true, force: true });
  const redisUrl =
    options['redis-url'] ??
    own(
      await startPrivateRedis({ persistent: options.aof, dir: folder, log: say }),
      async (running) => await running.stop(),
      'redis',
    ).url;
  const redis = own(connectRedis({ url: redisUrl, role: 'admin', name: 'bench' }), closeRedis, 'connection');
  const usage = await watchRedis(redis);
  say(`Redis ${usage.version}; starting ingress, worker, scheduler, sandbox and the naive app`);

  // No statuses come back by themselves: they are a measurement of their own.
  const fleet = own(
    await startFleet({ redisUrl, workers: 1, timing: { sentMs: dayMs }, env: childEnv }),
    async (open) => await open.close(),
    'fleet',
  );
  const sendTo = { url: `${fleet.sandbox.url}/v23.0/${fleet.phoneNumberId}/messages`, token: fleet.accessToken };
  const naiveOptions = { redisUrl, redis, env: childEnv, works: true, sendTo };
  const open = async (more: { name: SubjectName; queue: string } & Partial<NaiveOptions>) =>
    own(await startNaive({ ...naiveOptions, ...more }), async (running) => await running.close(), more.name);
  const [naive, plain, bare] = await Promise.all([
    open({ name: 'naive', queue: 'bench-naive' }),
    open({ name: 'queue only', queue: 'bench-plain', sendTo: null }),
    open({ name: 'bare add', queue: 'bench-bare', works: false, sendTo: null }),
  ]);
  // A run that was cut short leaves jobs behind.
  await Promise.all([naive, plain, bare].map(async (subject) => await subject.empty()));
  const posthorn = createPosthornSubject(fleet);

  let recipients = 0;
  const stage: Stage = {
    clock: systemClock,
    redis,
    usage,
    sandbox: fleet.sandbox,
    sockets: options.sockets,
    newRecipient: () => `+1555${String((recipients += 1)).padStart(8, '0')}`,
  };
  const { messages, rounds, duration } = options;
  const pair: readonly Subject[] = [posthorn, naive];

  say('warming up');
  for (const subject of pair) await measureThroughput(stage, subject, Math.min(messages, warmUpMessages));
  await measurePlainQueue(stage, plain, Math.min(messages, warmUpMessages));
  await measureBareAdd(stage, bare, Math.min(messages, warmUpMessages));

  const runs: Record<SubjectName, RunFigures[]> = { posthorn: [], naive: [], 'queue only': [], 'bare add': [] };
  for (let round = 0; round < rounds; round += 1) {
    say(`throughput, round ${round + 1} of ${rounds}`);
    // Whoever comes first has the colder caches: they take turns.
    for (const subject of round % 2 === 0 ? pair : pair.toReversed()) {
      runs[subject === posthorn ? 'posthorn' : 'naive'].push(await measureThroughput(stage, subject, messages));
    }
    runs['queue only'].push(await measurePlainQueue(stage, plain, messages));
    runs['bare add'].push(await measureBareAdd(stage, bare, messages));
  }
  const reached = (name: SubjectName): number => medianOf(runs[name])['endToEndPerSecond'] ?? 0;
  const rate = options.rate ?? Math.max(1, Math.round(Math.min(reached('posthorn'), reached('naive')) / 2));
  say(`latency at ${rate} messages/s`);
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of round % 2 === 0 ? pair : pair.toReversed()) {
      const count = Math.max(1, Math.round((rate * duration) / rounds));
      runs[subject === posthorn ? 'posthorn' : 'naive'].push(await measureLatency(stage, subject, { rate, count }));
    }
  }
  say('memory and round trips');
  const roundTripsByCommand: Record<string, Readonly<Record<string, number>>> = {};
  for (const subject of pair) {
    const trips = await measureRoundTrips(stage, subject, Math.min(messages, roundTripMessages));
    roundTripsByCommand[subject.name] = trips.byCommand;
    runs[subject === posthorn ? 'posthorn' : 'naive'].push(
      { roundTrips: trips.perMessage },
      await measureMemory(stage, subject, Math.min(messages, memoryMessagesMost)),
    );
  }
  const webhookRate = options['webhook-rate'] ?? Math.round(3 * reached('posthorn'));
  say(`webhooks: ${webhookRate} status updates/s`);
  const webhooks = await measureWebhooks(stage, fleet, { rate: webhookRate, seconds: duration });

  return {
    conditions: {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      redis: usage.version,
      redisSettings: await usage.settings(),
      messages,
      rounds,
      sockets: options.sockets,
      latencyRate: rate,
      webhookRate,
      workers: 1,
      concurrency: 50,
    },
    subjects: {
      posthorn: medianOf(runs.posthorn),
      naive: medianOf(runs.naive),
      'queue only': medianOf(runs['queue only']),
      'bare add': medianOf(runs['bare add']),
    },
    runs,
    roundTripsByCommand,
    webhooks,
  };
}

/** The median of every figure over the runs that have it. */
export function medianOf(runs: readonly RunFigures[]): RunFigures {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries(
    [...names].map((name) => [name, median(runs.flatMap((run) => (run[name] === undefined ? [] : [run[name]])))]),
  );
}
