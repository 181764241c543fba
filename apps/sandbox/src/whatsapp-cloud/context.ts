import type { Outlet } from '../callbacks.ts';
import type { PairLimit, SlidingSecond } from '../limits.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import type { Account } from './account.ts';
import type { MediaStore } from './media-store.ts';
import type { SignupCodes } from './signup-codes.ts';
import type { NewWamid } from './wamid.ts';

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
  readonly codes: SignupCodes;
};
