import { tenantIdSchema } from '@posthorn/message';
import { z } from 'zod';

/** Where something of a person is kept, or was. What is not erased but counted: `sharedFiles`, sent to others too. */
export const places = [
  'messages',
  'cancelledMessages',
  'abandonedMessages',
  'receivedMessages',
  'eventData',
  'marks',
  'webhookCalls',
  'deadLetters',
  'files',
  'sharedFiles',
  'fileErrands',
  'deliveries',
  'spooledCalls',
] as const;
export type Place = (typeof places)[number];

/** What an erasure waits for, counted: each comes to its end by itself. */
export const waits = ['messages', 'webhookCalls', 'fileErrands', 'spools'] as const;
export type Wait = (typeof waits)[number];
export type Waits = Readonly<Record<Wait, number>>;

const waitsSchema = z.object({
  messages: z.number(),
  webhookCalls: z.number(),
  fileErrands: z.number(),
  spools: z.number(),
});

export const erasureSchema = z.object({
  v: z.literal(1),
  id: z.string(),
  tenantId: tenantIdSchema,
  by: z.string(),
  /** Only counts. */
  dryRun: z.boolean(),
  /** In ms since 1970, by Redis' clock: what came or was accepted later is a new story. */
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** When it is looked at again. */
  nextAt: z.number(),
  waitsFor: waitsSchema,
});
/** One person to be erased. Of the address nothing stands here; it is kept sealed beside it until the end. */
export type Erasure = z.infer<typeof erasureSchema>;

/** An erasure as it is shown. */
export interface ErasureView extends Erasure {
  readonly counts: Readonly<Record<Place, number>>;
}

export const nothingToWaitFor: Waits = { messages: 0, webhookCalls: 0, fileErrands: 0, spools: 0 };
