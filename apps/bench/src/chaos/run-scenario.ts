import { startRig, type Rig } from './rig.ts';
import type { Findings, Scenario } from './scenario.ts';
import { createSeededRandom } from './seeded-random.ts';

export interface RunOptions {
  readonly seed: number;
  readonly messages: number;
  readonly workers: number;
  readonly patienceMs: number;
  readonly small: boolean;
  /** An edit to plant in every process. */
  readonly defect: string | null;
  readonly say: (line: string) => void;
}

/** How a run ended. */
export type Outcome =
  | { readonly kind: 'held' | 'broken'; readonly findings: Findings; readonly seconds: number }
  /** It did not come to a verdict: that is no proof of anything. */
  | { readonly kind: 'no_verdict'; readonly why: string; readonly seconds: number };

/** The longest a scenario may take, whatever hangs. */
const mostMs = 10 * 60_000;

/** Runs one scenario on a fleet of its own, or on one that is there. */
export async function runScenario(scenario: Scenario, options: RunOptions, shared?: Rig): Promise<Outcome> {
  const startedAt = performance.now();
  const random = createSeededRandom(options.seed);
  const took = (): number => (performance.now() - startedAt) / 1_000;
  let rig = shared;
  const timer = Promise.withResolvers<never>();
  const alarm = setTimeout(() => timer.reject(new Error(`it took longer than ${mostMs / 60_000} minutes`)), mostMs);
  try {
    rig ??= await startRig({
      workers: options.workers,
      redis: 'none',
      ...scenario.rig,
      random,
      edits: options.defect === null ? [] : [options.defect],
    });
    const { messages, patienceMs, small, say } = options;
    const running = scenario.run({ rig, messages, patienceMs, small, say, random });
    const findings = await Promise.race([running, timer.promise]);
    return { kind: findings.checks.every(({ holds }) => holds) ? 'held' : 'broken', findings, seconds: took() };
  } catch (error) {
    return { kind: 'no_verdict', why: error instanceof Error ? error.message : String(error), seconds: took() };
  } finally {
    clearTimeout(alarm);
    if (shared === undefined) await rig?.close();
  }
}
