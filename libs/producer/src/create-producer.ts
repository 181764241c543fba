import { PosthornError, type BatchAnswer, type Problem, type SendOptions } from '@posthorn/client';
import { tenantIdSchema, type TenantId } from '@posthorn/message';
import { currentTraceparent, systemClock, withSpan } from '@posthorn/runtime';
import {
  internalError,
  storageProblem,
  type Allowed,
  type BatchItemResult,
  type BatchResult,
  type SubmitOptions,
  type SubmitResult,
} from '@posthorn/submission';
import { openSubmission } from './open-submission.ts';
import type { Producer, ProducerOptions } from './producer.ts';
import { readAsJson } from './read-as-json.ts';
import { createRedisWait, storageRetryMs } from './wait-for-redis.ts';

const waitDefaultMs = 10_000;
const messageBytesMax = 1024 * 1024;
const batchBytesMax = 8 * 1024 * 1024;

type Refused = Extract<SubmitResult, { kind: 'refused' }> & Allowed;

/**
 * Connects to the fleet's Redis. Throws, and says why, where it cannot be used (away for `waitMs`, too old, evicting keys), and where the
 * keys are not the fleet's. Close it when done: an open connection keeps the process.
 */
export async function createProducer(options: ProducerOptions): Promise<Producer> {
  const { waitMs = waitDefaultMs } = options;
  const tenantId = readTenantId(options.tenantId ?? 'default');
  const { submission, redis, close } = await openSubmission(options, waitMs);
  const withRedis = createRedisWait(redis, waitMs, systemClock);
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  /** Ends with what is under way: `close` waits for it, and cuts its waiting short. */
  async function run<Result>(
    name: string,
    { idempotencyKey, signal }: SendOptions,
    work: (how: SubmitOptions) => Promise<Result>,
  ): Promise<Result> {
    if (closing.signal.aborted) throw new Error('The producer is closed; create another one.');
    const doing = withSpan(name, { kind: 'producer' }, async () =>
      withRedis(async () => work({ idempotencyKey: idempotencyKey ?? null, traceparent: currentTraceparent() }), {
        mayRepeat: idempotencyKey !== undefined,
        signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
      }),
    );
    underWay.add(doing);
    try {
      return await doing;
    } finally {
      underWay.delete(doing);
    }
  }

  return {
    send: async (message, given = {}) => {
      const body = readAsJson(message, messageBytesMax);
      const result = await run('posthorn send', given, async (how) => submission.submit(tenantId, body, how));
      if (result.kind === 'refused') throw toError(result);
      return { id: result.id, replayed: result.replayed };
    },

    sendBatch: async (messages, given = {}) => {
      const body = readAsJson({ messages }, batchBytesMax);
      const result = await run('posthorn send batch', given, async (how) => {
        const answer = await submission.submitBatch(tenantId, body, how);
        throwWhatMayBeRepeated(answer, given.idempotencyKey !== undefined);
        return answer;
      });
      if (result.kind === 'refused') throw toError(result);
      return result.results.map(toAnswer);
    },

    close: async () => {
      closing.abort(new Error('The producer was closed while this waited for Redis.'));
      await Promise.allSettled(underWay);
      await close();
    },
  };
}

function readTenantId(text: string): TenantId {
  const tenantId = tenantIdSchema.safeParse(text);
  if (tenantId.success) return tenantId.data;
  throw new Error(`tenantId: ${tenantId.error.issues.map(({ message }) => message).join('; ')}`);
}

function toError({ problem, allowance }: Refused): PosthornError {
  return new PosthornError(problem, retryAfterMsOf(problem.status, allowance?.retryAfterMs ?? null));
}

/** The time to wait where waiting helps, as HTTP tells it in Retry-After. */
function retryAfterMsOf(status: number, allowanceMs: number | null): number | null {
  if (status === 503) return storageRetryMs;
  return status === 429 ? allowanceMs : null;
}

/** Under a key all of it is safe to repeat. Without one it is told message by message, unless nothing at all went through. */
function throwWhatMayBeRepeated(batch: BatchResult, isKeyed: boolean): void {
  if (batch.kind === 'refused') return;
  const failures = batch.results.filter((result) => result.kind === 'failed');
  const [first] = failures;
  if (first !== undefined && (isKeyed || failures.length === batch.results.length)) throw first.error;
}

function toAnswer(result: BatchItemResult, index: number): BatchAnswer {
  if (result.kind === 'accepted') return { index, status: 202, id: result.id, replayed: result.replayed };
  const problem: Problem = result.kind === 'refused' ? result.problem : (storageProblem(result.error) ?? internalError);
  return { index, status: problem.status, problem };
}
