import type { ChaosOptions } from './options.ts';
import { renderCaught, renderOutcome } from './report.ts';
import { runScenario, type Outcome } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const patienceMs = 60_000;
/** A defect that stops something makes the scenario wait for it in vain. */
const selfTestPatienceMs = 12_000;

export interface Ran {
  readonly scenario: string;
  readonly defect: string | null;
  readonly outcome: Outcome;
  readonly isGood: boolean;
}

/** Runs what the options ask for, one after the other: they would measure each other otherwise. */
export async function runChaos(
  options: ChaosOptions,
  { print, say }: { readonly print: (text: string) => void; readonly say: (line: string) => void },
): Promise<readonly Ran[]> {
  const chosen = scenarios.filter(
    ({ name }) => options.only.length === 0 || options.only.some((begin) => name.startsWith(begin)),
  );
  const runs = chosen.flatMap((scenario) =>
    (options['self-test'] ? scenario.defects : [null]).map((defect) => ({ scenario, defect })),
  );
  const ran: Ran[] = [];
  const startedAt = performance.now();
  for (const { scenario, defect } of runs) {
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
    const what = defect === null ? scenario.name : `${scenario.name} with ${defect}`;
    say(`${ran.length + 1} of ${runs.length}, after ${minutes} min: ${what}`);
    const outcome = await runScenario(scenario, {
      seed: options.seed,
      messages: options.messages ?? sizeOf(scenario, options),
      workers: options.workers,
      patienceMs: defect === null ? patienceMs : selfTestPatienceMs,
      small: options.small,
      defect,
      say: (line) => say(`  ${line}`),
    });
    print(
      defect === null
        ? `${renderOutcome(scenario.name, scenario.about, outcome)}\n`
        : renderCaught(scenario.name, defect, outcome),
    );
    ran.push({
      scenario: scenario.name,
      defect,
      outcome,
      isGood: outcome.kind === (defect === null ? 'held' : 'broken'),
    });
  }
  return ran;
}

function sizeOf({ messages }: Scenario, options: ChaosOptions): number {
  if (options['self-test']) return messages.selfTest;
  return options.small ? messages.small : messages.full;
}
