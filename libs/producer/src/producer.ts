import type { BatchAnswer, BatchMessage, Message, SendOptions } from '@posthorn/client';

export interface ProducerOptions {
  /** The fleet's Redis: what its apps have in REDIS_URL. */
  readonly redisUrl: string;
  /** What the fleet's apps have in POSTHORN_SEALING_KEYS. */
  readonly sealingKeys: string;
  /** What they have in POSTHORN_LOOKUP_KEY. */
  readonly lookupKey: string;
  /** Whose channels are sent through. Default: `default`. */
  readonly tenantId?: string;
  /** How long a start, and a send, waits for a Redis that is away. Default: 10 s. */
  readonly waitMs?: number;
  /** What the fleet has in POSTHORN_PUBLIC_URL. Without it, stored files go only to providers that take uploads. */
  readonly publicUrl?: string;
  /** The buckets of POSTHORN_BUCKETS that this tenant's messages may name. */
  readonly buckets?: readonly string[];
  /** Gets lines of JSON: Redis gone and back, channels that cannot be opened. Default: nobody. `process.stderr` will do. */
  readonly log?: { readonly write: (line: string) => unknown };
}

export interface Enqueued {
  readonly id: string;
  /** An earlier send under the same key was given this id already. */
  readonly replayed: boolean;
}

/**
 * posthorn over Redis. Messages are refused for the same reasons, with the same words, as over HTTP: as a `PosthornError`. A key used
 * there is known here.
 */
export interface Producer {
  /** Resolves once the message is stored for good. */
  readonly send: (message: Message, options?: SendOptions) => Promise<Enqueued>;
  /** Up to 1,000; each has an answer of its own, in order. Messages to one recipient keep the order of the list. */
  readonly sendBatch: (messages: readonly BatchMessage[], options?: SendOptions) => Promise<readonly BatchAnswer[]>;
  /** Takes nothing more, ends what is under way, and closes the connection. */
  readonly close: () => Promise<void>;
}
