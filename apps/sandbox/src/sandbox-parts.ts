import type { Clock, Log, Random } from '@posthorn/runtime';
import type { Callbacks } from './callbacks.ts';
import type { Faults } from './faults.ts';
import type { History } from './history.ts';
import type { HttpCaller } from './http-caller.ts';
import type { Stats } from './stats.ts';
import type { Timers } from './timers.ts';
import type { Timing } from './timing.ts';

/** What every played provider gets from the sandbox. */
export type SandboxParts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly timers: Timers;
  readonly stats: Stats;
  readonly history: History;
  readonly faults: Faults;
  readonly callbacks: Callbacks;
  readonly http: HttpCaller;
  readonly timing: () => Timing;
  /** Where this sandbox listens; `null` before it does. */
  readonly baseUrl: () => string | null;
};
