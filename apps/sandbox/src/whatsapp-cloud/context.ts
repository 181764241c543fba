import type { Clock, Log, Random } from '@posthorn/runtime';
import type { Callbacks, Outlet } from '../callbacks.ts';
import type { Faults } from '../faults.ts';
import type { HttpCaller } from '../http-caller.ts';
import type { History } from '../history.ts';
import type { PairLimit, SlidingSecond } from '../limits.ts';
import type { Stats } from '../stats.ts';
import type { Timers } from '../timers.ts';
import type { Timing } from '../timing.ts';
import type { Account } from './account.ts';
import type { MediaStore } from './media-store.ts';
import type { NewWamid } from './wamid.ts';

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

/** One phone number as it lives here: its settings and what it has used of its limits. */
export type Line = {
  account: Account;
  readonly second: SlidingSecond;
  readonly pairs: PairLimit;
  readonly outlet: Outlet;
  /** When each user last wrote, and until when a conversation opened by an advertisement is free. */
  readonly windows: Map<string, { readonly openUntilMs: number; readonly freeEntryUntilMs: number }>;
};

export type CloudContext = SandboxParts & {
  readonly lines: Map<string, Line>;
  readonly media: MediaStore;
  readonly newWamid: NewWamid;
};
