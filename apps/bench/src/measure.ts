import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, RedisClient } from '@posthorn/runtime';
import { createHistogram, runLoad } from './load.ts';
import type { LoadResult } from './load.ts';
import type { NaiveSubject } from './naive-subject.ts';
import type { RedisUsage } from './redis-usage.ts';
import { countCommands } from './redis-usage.ts';
import { perSecond } from './statistics.ts';
import type { Measured, Subject } from './subject.ts';

/** What all measurements need. */
export interface Stage {
  readonly clock: Clock;
  readonly redis: RedisClient;
  readonly usage: RedisUsage;
  readonly sandbox: Measured;
  readonly sockets: number;
  /** A recipient nobody has had yet. */
  readonly newRecipient: () => string;
}

/** Figures of one run; times in ms, CPU in seconds per 1,000 messages. */
export type RunFigures = Readonly<Record<string, number>>;

const text = 'Your parcel is on its way and will be with you tomorrow before noon.';
const pollMs = 10;
const patienceMs = 120_000;

/** As fast as the sockets go: throughput, accept latency under saturation, CPU. */
export async function measureThroughput(stage: Stage, subject: Subject, count: number): Promise<RunFigures> {
  const cpu = await startCpu(stage, subject.processes);
  const load = await send(stage, subject, count);
  await drained(subject);
  const cpuFigures = await cpu(count);
  const submitted = await subject.submittedAt(count);
  expectAll(subject.name, submitted.size, count);
  const lastAt = Math.max(...submitted.values());
  return {
    acceptedPerSecond: perSecond(count, load.endedAt - load.startedAt),
    endToEndPerSecond: perSecond(count, lastAt - load.startedAt),
    acceptP50Ms: percentile(load, 50),
    acceptP99Ms: percentile(load, 99),
    ...cpuFigures,
  };
}

/** At a fixed rate: accept latency, and from the request to the recorded result. */
export async function measureLatency(
  stage: Stage,
  subject: Subject,
  { rate, count }: { readonly rate: number; readonly count: number },
): Promise<RunFigures> {
  const recipients: string[] = [];
  const load = await send(stage, subject, count, { recipients, dueMs: (index) => (index * 1_000) / rate });
  await drained(subject);
  const submitted = await subject.submittedAt(count);
  expectAll(subject.name, submitted.size, count);
  const endToEnd = createHistogram();
  for (const [index, to] of recipients.entries()) {
    const at = submitted.get(to);
    // Redis' clock and ours are this machine's, but Redis counts whole milliseconds.
    if (at !== undefined) endToEnd.recordValue(Math.max(1, Math.round((at - (load.dueAt[index] ?? at)) * 1_000)));
  }
  return {
    pacedAcceptP50Ms: percentile(load, 50),
    pacedAcceptP99Ms: percentile(load, 99),
    endToEndP50Ms: endToEnd.getValueAtPercentile(50) / 1_000,
    endToEndP99Ms: endToEnd.getValueAtPercentile(99) / 1_000,
  };
}

/** Bytes of Redis per message that waits, and per message that was sent. */
export async function measureMemory(stage: Stage, subject: Subject, count: number): Promise<RunFigures> {
  await subject.pause();
  const before = await stage.usage.usedBytes();
  try {
    await send(stage, subject, count);
    const waiting = await stage.usage.usedBytes();
    await subject.resume();
    await drained(subject);
    await subject.submittedAt(count);
    const final = await stage.usage.usedBytes();
    return { bytesPerWaiting: (waiting - before) / count, bytesPerFinal: (final - before) / count };
  } finally {
    await subject.resume();
  }
}

/** Commands that the subject's processes send to Redis, per message: each is a round trip, scripts count once. */
export async function measureRoundTrips(
  stage: Stage,
  subject: Subject,
  count: number,
): Promise<{ readonly perMessage: number; readonly byCommand: Readonly<Record<string, number>> }> {
  const counts = await countCommands(stage.redis, subject.connectionNames, async () => {
    await send(stage, subject, count);
    await drained(subject);
  });
  await subject.submittedAt(count);
  const byCommand = Object.fromEntries([...counts].map(([command, times]) => [command, times / count]));
  return { perMessage: Object.values(byCommand).reduce((sum, each) => sum + each, 0), byCommand };
}

/** Adds without HTTP, from this process, and a worker that does nothing: what BullMQ does by itself. */
export async function measurePlainQueue(stage: Stage, subject: NaiveSubject, count: number): Promise<RunFigures> {
  const cpu = await startCpu(stage, subject.processes);
  const startedAt = stage.clock.now();
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next++ < count) await subject.add(stage.newRecipient(), text);
  };
  await Promise.all(Array.from({ length: stage.sockets }, loop));
  const addedAt = stage.clock.now();
  await drained(subject);
  const cpuFigures = await cpu(count);
  const submitted = await subject.submittedAt(count);
  expectAll(subject.name, submitted.size, count);
  const lastAt = Math.max(...submitted.values());
  return {
    acceptedPerSecond: perSecond(count, addedAt - startedAt),
    endToEndPerSecond: perSecond(count, lastAt - startedAt),
    ...cpuFigures,
  };
}

/** A route with nothing but an add behind it. */
export async function measureBareAdd(stage: Stage, subject: NaiveSubject, count: number): Promise<RunFigures> {
  const cpu = await startCpu(stage, subject.processes);
  const load = await send(stage, subject, count);
  const cpuFigures = await cpu(count);
  await subject.empty();
  return {
    acceptedPerSecond: perSecond(count, load.endedAt - load.startedAt),
    acceptP50Ms: percentile(load, 50),
    acceptP99Ms: percentile(load, 99),
    ...cpuFigures,
  };
}

async function send(
  stage: Stage,
  subject: Subject,
  count: number,
  paced?: { readonly recipients: string[]; readonly dueMs: (index: number) => number },
): Promise<LoadResult> {
  const load = await runLoad(
    {
      origin: subject.origin,
      count,
      sockets: stage.sockets,
      ...(paced !== undefined && { dueMs: paced.dueMs }),
      request: (index) => {
        const to = stage.newRecipient();
        if (paced !== undefined) paced.recipients[index] = to;
        return subject.request(to, text);
      },
    },
    stage.clock,
  );
  if (load.failures.size > 0) {
    const told = [...load.failures].map(([what, times]) => `${times} × ${what}`).join(', ');
    throw new Error(`${subject.name}: expected every message to be accepted, came ${told}`);
  }
  return load;
}

/** Waits until nothing is left to do. */
export async function drained(subject: Pick<Subject, 'name' | 'backlog'>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while ((await subject.backlog()) > 0) {
    if (performance.now() > giveUpAt) throw new Error(`${subject.name} did not finish within ${patienceMs / 1_000} s`);
    await delay(pollMs);
  }
}

/** Starts to count CPU; what it gives back ends it, in seconds per 1,000 of `count`. */
async function startCpu(
  { usage, sandbox }: Stage,
  processes: readonly Measured[],
): Promise<(count: number) => Promise<RunFigures>> {
  const read = async (): Promise<readonly number[]> => [
    ...processes.map((each) => each.cpuSeconds()),
    await usage.cpuSeconds(),
    sandbox.cpuSeconds(),
  ];
  const names = [...processes.map((_each, at) => (at === 0 ? 'http' : 'worker')), 'redis', 'sandbox'];
  const before = await read();
  return async (count) => {
    const after = await read();
    const figures: Record<string, number> = {};
    for (const [at, name] of names.entries()) {
      const key = `cpu.${name}`;
      figures[key] = (figures[key] ?? 0) + (((after[at] ?? 0) - (before[at] ?? 0)) * 1_000) / count;
    }
    figures['cpu.all'] = Object.values(figures).reduce((sum, each) => sum + each, 0);
    // What is ours to improve: the sandbox is the provider's side.
    figures['cpu.own'] = figures['cpu.all'] - (figures['cpu.sandbox'] ?? 0);
    return figures;
  };
}

function percentile(load: LoadResult, percent: number): number {
  return (load.latency.get('accept')?.getValueAtPercentile(percent) ?? 0) / 1_000;
}

function expectAll(name: string, found: number, count: number): void {
  if (found !== count) throw new Error(`${name}: expected ${count} messages to be submitted, found ${found}`);
}
