import { channelIdSchema, messageIdSchema, providerIdSchema } from '@posthorn/message';
import { z } from 'zod';

/** Where a run is. */
const runStageSchema = z.enum(['canary', 'watching', 'running', 'finished', 'stopped', 'aborted']);

/** What a run of replays is about, how far it is, and who wanted it. Times in ms since 1970. */
export const replayRunSchema = z.object({
  v: z.literal(1),
  id: z.string(),
  filter: z.object({
    provider: providerIdSchema.optional(),
    channelId: channelIdSchema.optional(),
    code: z.string().optional(),
    providerCode: z.string().optional(),
    from: z.number().optional(),
    /** At most the time of the start: what fails again is not replayed again. */
    to: z.number(),
  }),
  /** Messages per second. */
  perSecond: z.number(),
  /** So many go first; null: none. */
  canary: z.number().nullable(),
  canaryWaitMs: z.number(),
  by: z.string(),
  why: z.string(),
  startedAt: z.number(),
  /** Letters that fitted at the start. */
  total: z.number(),
  stage: runStageSchema,
  /** Where it is, provider by provider. */
  provider: z.number(),
  cursor: z.string().nullable(),
  /** The canaries, to be looked at. */
  watched: z.array(
    z.object({
      provider: providerIdSchema,
      channelId: channelIdSchema,
      messageId: messageIdSchema,
      generation: z.number(),
      code: z.string(),
    }),
  ),
  watchUntil: z.number().nullable(),
  tickedAt: z.number(),
  endedAt: z.number().nullable(),
  /** Why it ended, for people. */
  says: z.string().nullable(),
});
export type ReplayRun = z.infer<typeof replayRunSchema>;

/** A run with its counts, as it is shown. */
export interface ReplayRunView extends ReplayRun {
  readonly replayed: number;
  /** Not replayed, and why: `content_gone`, `not_failed`, `unknown`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Somebody wants it to end, and the scheduler has not seen it yet. */
  readonly aborting: boolean;
}

export function isOver({ stage }: Pick<ReplayRun, 'stage'>): boolean {
  return stage === 'finished' || stage === 'stopped' || stage === 'aborted';
}
