import type { Clock, Random } from '@posthorn/runtime';

/** What embedded signup gives: a code that works once and lives 30 seconds. */
export interface SignupCodes {
  readonly issue: (phoneNumberId: string) => string;
  /** Uses a code up. */
  readonly redeem: (
    code: string,
  ) => { readonly kind: 'good'; readonly phoneNumberId: string } | { readonly kind: 'used' | 'expired' | 'unknown' };
  readonly clear: () => void;
}

const LIFE_MS = 30_000;

export function createSignupCodes(clock: Clock, random: Random): SignupCodes {
  const issued = new Map<string, { readonly phoneNumberId: string; readonly untilMs: number; used: boolean }>();
  return {
    issue: (phoneNumberId) => {
      const code = `AQ${Array.from({ length: 40 }, () => Math.floor(random() * 36).toString(36)).join('')}`;
      issued.set(code, { phoneNumberId, untilMs: clock.now() + LIFE_MS, used: false });
      return code;
    },
    redeem: (code) => {
      const known = issued.get(code);
      if (known === undefined) return { kind: 'unknown' };
      if (known.used) return { kind: 'used' };
      if (clock.now() > known.untilMs) return { kind: 'expired' };
      known.used = true;
      return { kind: 'good', phoneNumberId: known.phoneNumberId };
    },
    clear: () => issued.clear(),
  };
}
