export type {
  AcceptInput,
  AcceptResult,
  Activation,
  CancelResult,
  ChannelRef,
  ClaimResult,
  Exchange,
  Ledger,
  ListQuery,
  RecordResult,
  StatusInput,
  StatusResult,
} from './ledger.ts';
export type { EventPointer, EventView, MessageView, SealedContent, TimelineEntry, WaitsFor } from './message-view.ts';
export { createLedger } from './create-ledger.ts';
export type { LedgerDeps } from './create-ledger.ts';
export { createOutbox, eventsCalled, isAfter } from './outbox.ts';
export type { Outbox, Taken } from './outbox.ts';
