import type { Audit } from '@posthorn/channel-admin';
import type { Clock, Log } from '@posthorn/runtime';
import type { Login } from './logins.ts';

/** Where failed logins are told. */
export interface FailedLogins {
  readonly tell: (user: string, address: string) => Promise<void>;
}

/** So many entries in so long; guessing from many addresses must not push what was changed out of the audit. */
const bounds = { entriesMax: 30, windowMs: 3_600_000 } as const;

/** Counts, logs and, within a bound, audits failed logins. The log has the addresses, the audit has none. */
export function createFailedLogins({
  logins,
  audit,
  log,
  clock,
  count,
}: {
  readonly logins: readonly Login[];
  readonly audit: Pick<Audit, 'record'>;
  readonly log: Log;
  readonly clock: Clock;
  readonly count: () => void;
}): FailedLogins {
  let untilMs = 0;
  let entries = 0;

  return {
    async tell(user, address) {
      count();
      log.warn({ address }, 'a login to ops failed');
      if (clock.now() >= untilMs) {
        untilMs = clock.now() + bounds.windowMs;
        entries = 0;
      }
      entries += 1;
      if (entries > bounds.entriesMax) return;
      // People type passwords into the field of the name.
      const name = logins.some((login) => login.user === user) ? user : 'unknown';
      const isLast = entries === bounds.entriesMax;
      await audit.record({
        by: `ops:${name}`,
        action: 'sign in',
        tenantId: '*',
        channelId: null,
        changed: [],
        result: isLast ? 'refused (401); more in this hour are only counted and logged' : 'refused (401)',
      });
    },
  };
}
