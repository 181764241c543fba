import type { Outlet } from '../callbacks.ts';
import type { SlidingSecond } from '../limits.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import type { Account } from './account.ts';

/** One client as it lives here. */
export type Line = {
  account: Account;
  readonly second: SlidingSecond;
  readonly outlet: Outlet;
  /** Until when each user's window is open. */
  readonly openUntilMs: Map<string, number>;
};

export type KernelContext = SandboxParts & {
  /** By client id. */
  readonly lines: Map<string, Line>;
  /** Tokens given out; the ended ones too, until they are swept. */
  readonly tokens: Map<string, { readonly clientId: string; readonly expiresAtMs: number }>;
  readonly newId: (user: string, version: 'v1' | 'v2', direction: 'outbound' | 'inbound') => string;
};
