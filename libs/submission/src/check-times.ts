import type { SendRequest } from '@posthorn/message';
import type { ProblemFault } from '@posthorn/runtime';

const dayMs = 86_400_000;
const aheadMaxMs = 30 * dayMs;
const lifeDefaultMs = dayMs;

/** When a message may go. Milliseconds since 1970. */
export interface Times {
  /** Null: at once. */
  readonly sendAt: number | null;
  /** Null: nothing was asked for, the default holds. */
  readonly expiresAt: number | null;
  /** When it expires, with the default counted in. */
  readonly endsAt: number;
  readonly faults: readonly ProblemFault[];
}

/** Reads a request's times and checks them: sending at most 30 days ahead, expiry after that and at most 30 days later. */
export function checkTimes(request: SendRequest, nowMs: number, root = ''): Times {
  const asked = request.sendAt === undefined ? nowMs : Date.parse(request.sendAt);
  const startsAt = Math.max(asked, nowMs);
  const expiresAt = expiryOf(request, startsAt);
  const faults: ProblemFault[] = [];
  if (asked > nowMs + aheadMaxMs) {
    faults.push({ pointer: `${root}/sendAt`, detail: 'expected a time at most 30 days from now' });
  }
  if (expiresAt !== null && expiresAt <= startsAt) {
    faults.push({ pointer: `${root}/expiresAt`, detail: 'expected a time after now, and after sendAt' });
  }
  if (expiresAt !== null && expiresAt > startsAt + aheadMaxMs) {
    faults.push({ pointer: `${root}/expiresAt`, detail: 'expected a time at most 30 days after now, or after sendAt' });
  }
  return {
    sendAt: asked > nowMs ? asked : null,
    expiresAt,
    endsAt: expiresAt ?? startsAt + lifeDefaultMs,
    faults,
  };
}

function expiryOf(request: SendRequest, startsAt: number): number | null {
  if (request.expiresAt !== undefined) return Date.parse(request.expiresAt);
  return request.ttlSeconds === undefined ? null : startsAt + request.ttlSeconds * 1000;
}
