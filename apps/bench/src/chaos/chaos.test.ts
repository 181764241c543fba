import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { editsByName } from './defects/edits.ts';
import { renderOutcome } from './report.ts';
import { startRig, type Rig } from './rig.ts';
import { runScenario, type Outcome } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { createSeededRandom } from './seeded-random.ts';

/**
 * In the order in which they run: what hurts the fleet most comes last. Those that break Redis itself (redis-…) need one of their own and
 * wait for its quarantine, some 15 s each: they are not among these.
 */
const small = [
  'idempotency',
  'lost-jobs',
  'answers',
  'order',
  'blocked',
  'pace',
  'fairness',
  'kills',
  'twice',
  'restored',
  'upgrade',
];

let rig: Rig;
beforeAll(async () => {
  // One fleet for all of them: to start it costs as much as three of the scenarios.
  rig = await startRig({
    workers: 2,
    redis: 'everysec',
    forwarder: true,
    random: createSeededRandom(7),
    edits: [],
    // A worker on a busy machine needs more than a moment to say that it lives.
    env: { POSTHORN_LOCK_MS: '3000' },
  });
});
afterAll(async () => {
  await rig.close();
});

const named = (name: string): Scenario => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario is called ${name}`);
  return found;
};

/** One scenario on the fleet that runs, as if nothing had happened there before. */
async function run(on: Rig, name: string, patienceMs = 60_000): Promise<Outcome> {
  await on.control('DELETE', '');
  await on.control('PATCH', 'timing', { answerMs: 0, sentMs: 20, deliveredMs: 20, readMs: 20, batchWaitMs: 5 });
  on.proxy.setFaults(null);
  const scenario = named(name);
  const { messages } = scenario;
  const options = { seed: 7, messages: messages.small, workers: 2, small: true, defect: null, say: () => undefined };
  return await runScenario(scenario, { ...options, patienceMs }, on);
}

describe('chaos', () => {
  it('catches a planted defect: no reservation of keys', async () => {
    const ingress = await rig.startApp('ingress', ['no-reservation']);
    const outcome = await run({ ...rig, ingress }, 'idempotency', 2_000);
    await ingress.kill();
    const broken = outcome.kind === 'broken' ? outcome.findings.checks.filter(({ holds }) => !holds) : [];
    expect(broken.map((one) => one.promise)).toContain('keys with more than one message');
  });

  it.each(small)('breaks no promise: %s', async (name) => {
    expect(renderOutcome(name, '', await run(rig, name))).not.toMatch(/BROKEN|NO VERDICT/u);
  });
});

describe('the scenarios', () => {
  it('have names of their own, and each a defect that it must catch', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    expect(scenarios.filter(({ defects }) => defects.length === 0)).toEqual([]);
  });

  it('are all among the small ones above, but for those that break Redis', () => {
    const others = scenarios.map(({ name }) => name).filter((name) => !name.startsWith('redis-'));
    expect(others.toSorted()).toEqual(small.toSorted());
  });

  it.each(Object.entries(editsByName))('plant %s where the sources still have its place', (_name, edits) => {
    for (const { file, from } of edits)
      expect(readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8')).toContain(from);
  });

  it('plant only defects that there are', () => {
    expect(scenarios.flatMap(({ defects }) => defects).filter((name) => editsByName[name] === undefined)).toEqual([]);
  });
});
