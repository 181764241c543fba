export type { SubmissionFiles } from './check-files.ts';
export { createIdempotency } from './create-idempotency.ts';
export type { Allowance, QuotaVerdict } from './gate.ts';
export { isIdempotencyKey, itemKeySchema } from './idempotency-key.ts';
export { batchItemsMax } from './read-batch.ts';
export { badIdempotencyKey, invalidRequest } from './refusals.ts';
export { internalError, storageProblem, storageUnavailable } from './storage-problem.ts';
export { createSubmission } from './submission.ts';
export type { Allowed, BatchItemResult, BatchResult, Submission, SubmitOptions, SubmitResult } from './submission.ts';
export type {
  MessageToAccept,
  Reservation,
  Reservations,
  SubmissionChannel,
  SubmissionDeps,
} from './submission-deps.ts';
export { toFaults, toPointer } from './to-faults.ts';
