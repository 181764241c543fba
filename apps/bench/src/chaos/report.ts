import type { Outcome } from './run-scenario.ts';

/** One scenario's outcome, for people. */
export function renderOutcome(name: string, about: string, outcome: Outcome): string {
  const head = `${name}: ${about} (${outcome.seconds.toFixed(0)} s)`;
  if (outcome.kind === 'no_verdict') return `${head}\n  NO VERDICT  ${outcome.why}`;
  const { checks, figures } = outcome.findings;
  return [
    head,
    ...checks.map(({ promise, holds, measured }) => `  ${holds ? 'holds ' : 'BROKEN'}  ${promise}: ${measured}`),
    ...Object.entries(figures).map(([name_, value]) => `          ${name_}: ${value}`),
  ].join('\n');
}

/** What a planted defect made of a scenario. */
export function renderCaught(name: string, defect: string, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'broken': {
      const broken = outcome.findings.checks.filter(({ holds }) => !holds);
      return `caught      ${name} with ${defect}: ${broken.map(({ promise, measured }) => `${promise}: ${measured}`).join('; ')}`;
    }
    case 'held':
      return `NOT CAUGHT  ${name} with ${defect}`;
    case 'no_verdict':
      return `NO VERDICT  ${name} with ${defect}: ${outcome.why}`;
    default:
      return outcome satisfies never;
  }
}
