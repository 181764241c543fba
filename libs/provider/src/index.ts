export type {
  Capabilities,
  ConnectedChannel,
  Fault,
  OldChannel,
  OutgoingMessage,
  Pace,
  Provider,
  TokenOutcome,
  TokenSource,
  WebhookAlias,
} from './provider.ts';
export type {
  MessageUpdate,
  NewsUpdate,
  StatusUpdate,
  ToldStatus,
  UnrecognisedUpdate,
  WebhookCall,
  WebhookUpdate,
} from './webhook.ts';
