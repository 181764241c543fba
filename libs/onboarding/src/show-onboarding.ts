import { channelIdSchema, providerIdSchema } from '@posthorn/message';
import { z } from 'zod';
import { onboardingIdSchema, onboardingStageSchema, type OnboardingRecord } from './onboarding-record.ts';

const time = z.iso.datetime();

/** An onboarding as people and programs see it: nothing that was given, no token. */
export const onboardingViewSchema = z
  .object({
    id: onboardingIdSchema,
    provider: providerIdSchema,
    channelId: channelIdSchema,
    stage: onboardingStageSchema.meta({ description: 'The stage that is next, runs, or failed.' }),
    state: z.enum(['running', 'waiting', 'failed', 'finished']).meta({
      description: '`waiting`: it goes on by itself at `nextAt`. `failed`: it needs what `failure.needs` names.',
    }),
    run: z.int().meta({ description: 'From 1; each retry is another.' }),
    attempts: z.int().meta({ description: 'Calls of this stage in this run.' }),
    nextAt: time.nullable(),
    failure: z
      .object({
        code: z.string().meta({ description: 'What happened. Stable.' }),
        says: z.string().meta({ description: 'What happened and what to do, for people.' }),
        needs: z.enum(['code', 'pin', 'retry', 'new_onboarding']).meta({
          description:
            'What a new run needs: a new code, another PIN, nothing once what is said was done; or another onboarding must begin.',
        }),
        problem: z
          .object({
            code: z.string(),
            title: z.string().optional(),
            details: z.string().optional(),
            status: z.int().optional(),
            trace: z.string().optional(),
          })
          .nullable()
          .meta({ description: 'The provider’s own code and words.' }),
      })
      .nullable(),
    callbackData: z.string().nullable(),
    tokenExpiresAt: time
      .nullable()
      .meta({ description: 'When the token ends; null: never, or not told, or none yet.' }),
    createdAt: time,
    updatedAt: time,
    links: z.object({ self: z.string(), retry: z.string(), channel: z.string() }),
  })
  .meta({ id: 'Onboarding', description: 'How a number is being connected.' });
export type OnboardingView = z.infer<typeof onboardingViewSchema>;

/** What may be shown of a record. */
export function showOnboarding(record: OnboardingRecord): OnboardingView {
  const { id, provider, channel, stage, state, run, attempts, callbackData, tokenExpiresAtMs } = record;
  return {
    id,
    provider,
    channelId: channel.id,
    stage,
    state: state.kind,
    run,
    attempts,
    nextAt: state.kind === 'waiting' ? iso(state.untilMs) : null,
    failure: state.kind === 'waiting' || state.kind === 'failed' ? state.failure : null,
    callbackData,
    tokenExpiresAt: tokenExpiresAtMs === null ? null : iso(tokenExpiresAtMs),
    createdAt: iso(record.createdAtMs),
    updatedAt: iso(record.updatedAtMs),
    links: {
      self: `/v1/onboardings/${id}`,
      retry: `/v1/onboardings/${id}/retry`,
      channel: `/v1/channels/${channel.id}`,
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
