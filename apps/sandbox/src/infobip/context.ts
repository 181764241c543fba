import type { Outlet } from '../callbacks.ts';
import type { SlidingSecond } from '../limits.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import type { Account } from './account.ts';
import type { MediaStore } from './media-store.ts';
import type { Tokens } from './tokens.ts';

/** One sender as it lives here: its settings and what it has used of its limits. */
export type Line = {
  account: Account;
  readonly second: SlidingSecond;
  /** Ids of messages that were taken: a second one is refused. */
  readonly taken: Set<string>;
  /** What went to each number in the last hour, for the flooding filter. */
  readonly recent: Map<string, { readonly atMs: number; readonly content: string }[]>;
  /** Until when each user may be written to freely. */
  readonly openUntilMs: Map<string, number>;
  readonly outlets: Map<string, Outlet>;
};

export type InfobipContext = SandboxParts & {
  /** By the sender's number. */
  readonly lines: Map<string, Line>;
  readonly tokens: Tokens;
  readonly media: MediaStore;
  readonly newId: () => string;
};

/** The kinds of webhooks that do not stand in one list. */
export type Kind = 'delivery' | 'seen' | 'inbound';
