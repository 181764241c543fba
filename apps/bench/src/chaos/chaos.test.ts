import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { editsByName } from './defects/edits.ts';
import { renderOutcome } from './report.ts';
import { startRig, type Rig } from './rig.ts';
import { runScenario, type Outcome } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { createSeededRandom } from './seeded-random.ts';

let rig: Rig | null = null;
afterEach(async () => {
  await rig?.close();
  rig = null;
});

const named = (name: string): Scenario => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario is called ${name}`);
  return found;
};

/** One scenario on the fleet that runs, as if nothing had happened there before. */
async function run(open: Rig, name: string, patienceMs = 40_000): Promise<Outcome> {
  await open.control('DELETE', '');
  await open.control('PATCH', 'timing', { answerMs: 0, sentMs: 20, deliveredMs: 20, readMs: 20, batchWaitMs: 5 });
  open.proxy.setFaults(null);
  return await runScenario(
    named(name),
    {
      seed: 7,
      messages: named(name).messages.small,
      workers: 2,
      patienceMs,
      small: true,
      defect: null,
      say: () => undefined,
    },
    open,
  );
}

describe('chaos', () => {
  // The others have their own Redis to kill, or take their time: `npm run chaos -- --small` runs them all.
  it('breaks no promise: lost jobs, lost answers, order', async () => {
    rig = await startRig({ workers: 2, redis: 'none', random: createSeededRandom(7), edits: [] });
    for (const name of ['lost-jobs', 'answers', 'order']) {
      const outcome = await run(rig, name);
      expect(renderOutcome(name, '', outcome)).not.toMatch(/BROKEN|NO VERDICT/u);
    }
  }, 240_000);

  it('catches a planted defect: no reservation of keys', async () => {
    rig = await startRig({ workers: 1, redis: 'none', random: createSeededRandom(7), edits: ['no-reservation'] });
    const outcome = await run(rig, 'idempotency', 2_000);
    const broken = outcome.kind === 'broken' ? outcome.findings.checks.filter(({ holds }) => !holds) : [];
    expect(broken.map((one) => one.promise)).toContain('keys with more than one message');
  }, 120_000);
});

describe('the scenarios', () => {
  it('have names of their own, and each a defect that it must catch', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    expect(scenarios.filter(({ defects }) => defects.length === 0)).toEqual([]);
  });

  it.each(Object.entries(editsByName))('plant %s where the sources still have its place', (_name, edits) => {
    for (const { file, from } of edits)
      expect(readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8')).toContain(from);
  });

  it('plant only defects that there are', () => {
    expect(scenarios.flatMap(({ defects }) => defects).filter((name) => editsByName[name] === undefined)).toEqual([]);
  });
});
