export type {
  AcceptInput,
  AcceptResult,
  Activation,
  CancelResult,
  ChannelRef,
  Ledger,
  ListQuery,
  Swept,
  SweepOptions,
  StatusInput,
  StatusResult,
} from './ledger.ts';
export type {
  EventPointer,
  EventView,
  MessageView,
  PauseView,
  SealedContent,
  TimelineEntry,
  WaitsFor,
} from './message-view.ts';
export type { DiscardResult, HeldAction, HeldLedger, HeldMessage, ReleaseResult } from './held.ts';
export type { EraseResult, ErasingLedger, EventData } from './erasing.ts';
export type { KeepingLedger } from './keeping.ts';
export type { OptOutChange, OptOutSource, RecipientLedger, RecipientView } from './recipients.ts';
export type { LateFailure, LaterStill, LateRetry } from './late-failure.ts';
export type { ClaimOptions, ClaimResult, Exchange, RecordResult } from './claim.ts';
export { createLedger } from './create-ledger.ts';
export type { LedgerDeps } from './create-ledger.ts';
export { listenForEvents } from './event-calls.ts';
export { createOutbox, eventsCalled, isAfter } from './outbox.ts';
export type { Outbox, Taken } from './outbox.ts';
export { ledgerSealedPlaces } from './sealed-places.ts';
