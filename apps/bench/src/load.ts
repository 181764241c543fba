import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@posthorn/runtime';
import { build } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';
import { Pool } from 'undici';

/** One request to send. */
export interface LoadRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Latencies are kept apart by this. */
  readonly label: string;
}

export interface LoadResult {
  /** When the first request left, and when the last was answered: milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** When each request was due, in milliseconds since 1970, by its index. */
  readonly dueAt: Float64Array;
  /** Microseconds from due to answered, by label. */
  readonly latency: ReadonlyMap<string, Histogram>;
  /** Answers that took longer than a second, by label. */
  readonly late: ReadonlyMap<string, number>;
  /** Answers other than 2xx, and requests without an answer, by what they were. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface LoadPlan {
  readonly origin: string;
  readonly count: number;
  readonly sockets: number;
  readonly request: (index: number) => LoadRequest;
  /** When a request is due, in ms from the start; without it each socket sends as soon as it is free. */
  readonly dueMs?: (index: number) => number;
}

/**
 * Sends requests and takes the time of each. At a fixed rate a late request counts from when it was due, not from when it
 * could be sent: a server that stalls must not slow down the clock that judges it.
 */
export async function runLoad(plan: LoadPlan, clock: Clock): Promise<LoadResult> {
  const pool = new Pool(plan.origin, { connections: plan.sockets, pipelining: 1 });
  const latency = new Map<string, Histogram>();
  const late = new Map<string, number>();
  const failures = new Map<string, number>();
  const dueAt = new Float64Array(plan.count);
  const startedAt = clock.now();
  const zero = performance.now();

  const record = (label: string, sinceMs: number): void => {
    let histogram = latency.get(label);
    if (histogram === undefined) latency.set(label, (histogram = createHistogram()));
    const tookMs = performance.now() - sinceMs;
    histogram.recordValue(Math.max(1, Math.round(tookMs * 1_000)));
    if (tookMs > 1_000) late.set(label, (late.get(label) ?? 0) + 1);
  };
  const fire = async (index: number, dueMs: number): Promise<void> => {
    const request = plan.request(index);
    dueAt[index] = startedAt + dueMs - zero;
    const outcome = await post(pool, request);
    record(request.label, dueMs);
    if (outcome !== null) failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
  };

  try {
    if (plan.dueMs === undefined) {
      let next = 0;
      const loop = async (): Promise<void> => {
        while (next < plan.count) await fire(next++, performance.now());
      };
      await Promise.all(Array.from({ length: plan.sockets }, loop));
    } else {
      const open: Promise<void>[] = [];
      for (let index = 0; index < plan.count; index += 1) {
        const dueMs = zero + plan.dueMs(index);
        const waitMs = dueMs - performance.now();
        if (waitMs > 1) await delay(waitMs);
        open.push(fire(index, dueMs));
      }
      await Promise.all(open);
    }
    return { startedAt, endedAt: startedAt + performance.now() - zero, dueAt, latency, late, failures };
  } finally {
    await pool.close();
  }
}

/** From 1 µs to 10 min, to three digits. */
export function createHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });
}

/** Null: a 2xx. Handles the answer itself, because a client's conveniences would cost more than what is measured. */
async function post(pool: Pool, { path, headers, body }: LoadRequest): Promise<string | null> {
  return await new Promise((resolve) => {
    let status = 0;
    pool.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(status >= 200 && status < 300 ? null : `HTTP ${status}`),
        onResponseError: (_controller, error) => resolve(error.message),
      },
    );
  });
}
