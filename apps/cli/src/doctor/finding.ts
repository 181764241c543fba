/** What one check of `posthorn doctor` found. No secrets, no personal data. */
export interface Finding {
  /** What was looked at, like `redis clock` or `channel support`. */
  readonly check: string;
  /** Only a failure makes the exit code 1. */
  readonly level: 'ok' | 'warning' | 'failure';
  readonly says: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export function ok(check: string, says: string): Finding {
  return { check, level: 'ok', says };
}

export function warning(check: string, says: string, remedy: string): Finding {
  return { check, level: 'warning', says, remedy };
}

export function failure(check: string, says: string, remedy: string): Finding {
  return { check, level: 'failure', says, remedy };
}
