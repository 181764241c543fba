export type {
  AcceptInput,
  AcceptResult,
  Activation,
  CancelResult,
  ChannelRef,
  ClaimResult,
  Ledger,
  ListQuery,
  RecordResult,
  StatusInput,
  StatusResult,
} from './ledger.ts';
export type { EventView, MessageView, SealedContent, TimelineEntry, WaitsFor } from './message-view.ts';
