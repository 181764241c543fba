import { createProblem, isRedisAway, isStorageFull, type Problem } from '@posthorn/runtime';

export const storageUnavailable = createProblem({
  code: 'storage_unavailable',
  title: 'The store of messages cannot be reached right now',
  status: 503,
  detail: 'Nothing was accepted for certain; repeat the request later, a send with its Idempotency-Key.',
});

export const storageFull = createProblem({
  code: 'storage_full',
  title: 'There is no room for new messages right now',
  status: 503,
  detail: 'Nothing was accepted; what was accepted before goes on. Repeat the request later, with its Idempotency-Key.',
});

export const internalError = createProblem({
  code: 'internal_error',
  title: 'Something went wrong here',
  status: 500,
  detail: 'It was logged. Repeating the request may help; with an Idempotency-Key that is safe.',
});

/** What an error of Redis means for who sends; null for any other error. */
export function storageProblem(error: unknown): Problem | null {
  if (isStorageFull(error)) return storageFull;
  return isRedisAway(error) ? storageUnavailable : null;
}
