import type { Outlet } from '../callbacks.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import type { Account } from './account.ts';

/** What Twilio knows of a message that it took. */
export type KeptMessage = {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly mediaCount: number;
  readonly messagingServiceSid: string | null;
  readonly atMs: number;
  status: string;
  errorCode: number | null;
};

/** One sender as it lives here: its settings, its queue, who wrote to it. */
export type Line = {
  account: Account;
  readonly outlet: Outlet;
  /** When the last message that waits will have left. */
  busyUntilMs: number;
  readonly openUntilMs: Map<string, number>;
  readonly joinedUntilMs: Map<string, number>;
  /** The newest messages, by SID. */
  readonly messages: Map<string, KeptMessage>;
};

export type TwilioContext = SandboxParts & {
  /** By the sender's number. */
  readonly lines: Map<string, Line>;
  readonly newSid: (prefix: 'SM' | 'MM' | 'HX') => string;
  /** Contents that were made over the Content API, by account and SID. */
  readonly contents: Map<
    string,
    Map<string, { readonly sid: string; readonly variables: Readonly<Record<string, string>> }>
  >;
};
