import type { InboundContent } from '@posthorn/message';
import type { Failed } from '@posthorn/outcome';
import type { Json } from './json.ts';

/** What a provider says about its webhooks in Meta's format. */
export interface WebhookReading {
  /**
   * Whether things are for the number or account that the webhook names: what names none is then unrecognised. Otherwise all of
   * it is for the channel that was called, whatever it names.
   */
  readonly needsAddress: boolean;
  /** Stands in for a timestamp that cannot be read. Milliseconds since 1970. */
  readonly nowMs: number;
  /** The content of a message by its type: `toInboundContent`, or more than that. */
  readonly contentOf: (type: string, value: Json | undefined) => InboundContent;
  /** What the first error of a failed message means. */
  readonly failureOf: (error: Json | undefined) => Failed;
  /** Fields beside the messages and statuses that say nothing to be kept. */
  readonly ignored: readonly string[];
}
