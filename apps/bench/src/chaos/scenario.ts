import type { Random } from '@posthorn/runtime';
import type { Rig, RigOptions } from './rig.ts';

/** One promise, and whether it held. */
export interface Check {
  readonly promise: string;
  readonly holds: boolean;
  readonly measured: string;
}

/** What a scenario found. Figures are told and never judged: they depend on the machine. */
export interface Findings {
  readonly checks: readonly Check[];
  readonly figures: Readonly<Record<string, string | number>>;
}

export interface Context {
  readonly rig: Rig;
  readonly messages: number;
  readonly random: Random;
  /** How long to wait for what should come, in ms. */
  readonly patienceMs: number;
  /** In the tests: less load where the size alone does not say it. */
  readonly small: boolean;
  readonly say: (line: string) => void;
}

/** A way of breaking the fleet, and what must hold all the same. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Messages of a default run, of the self-test, and of the tests of the repository. */
  readonly messages: { readonly full: number; readonly selfTest: number; readonly small: number };
  readonly rig: Partial<Omit<RigOptions, 'random' | 'edits'>>;
  /** Names of edits that it must catch, each by itself. */
  readonly defects: readonly string[];
  readonly run: (context: Context) => Promise<Findings>;
}

export function check(promise: string, holds: boolean, measured: string | number): Check {
  return { promise, holds, measured: String(measured) };
}

/** A promise of the kind "none of these". */
export function none(promise: string, count: number): Check {
  return check(promise, count === 0, count);
}
