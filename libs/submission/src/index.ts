export { createSubmission } from './submission.ts';
export type { BatchItem, BatchResult, Submission, SubmitOptions, SubmitResult } from './submission.ts';
export type {
  MessageToAccept,
  Reservation,
  Reservations,
  SubmissionChannel,
  SubmissionDeps,
} from './submission-deps.ts';
export { toFaults, toPointer } from './to-faults.ts';
export { invalidRequest } from './refusals.ts';
export type { SubmissionFiles } from './check-files.ts';
