import { channelIdSchema, providerIdSchema, tenantIdSchema, type ProviderId } from '@posthorn/message';
import { z } from 'zod';

/** `onb_<provider>_<ulid>`: it carries its provider, whose queue holds its record. */
export const onboardingIdSchema = z
  .string()
  .regex(
    /^onb_[a-z][a-z0-9-]{0,31}_[0-9A-HJKMNP-TV-Z]{26}$/u,
    'expected an onboarding id: onb_<provider>_<26 characters>',
  )
  .brand<'OnboardingId'>()
  .meta({ description: 'An onboarding.', examples: ['onb_whatsapp-cloud_01JD8T0Z5R4YV3W2X1Q0P9N8M7'] });
export type OnboardingId = z.infer<typeof onboardingIdSchema>;

/** Mints an onboarding id. */
export function toOnboardingId(provider: ProviderId, ulid: string): OnboardingId {
  return onboardingIdSchema.parse(`onb_${provider}_${ulid}`);
}

/** The provider that an onboarding id carries. */
export function providerIdOf(id: OnboardingId): ProviderId {
  return providerIdSchema.parse(id.slice(id.indexOf('_') + 1, id.lastIndexOf('_')));
}

export const onboardingStageSchema = z.enum([
  'UNSTARTED',
  'FETCH_TOKEN',
  'REGISTER_WEBHOOKS',
  'REGISTER_PHONE',
  'FINISHED',
]);

const problemSchema = z.object({
  code: z.string(),
  says: z.string(),
  needs: z.enum(['code', 'pin', 'retry', 'new_onboarding']),
  problem: z
    .object({
      code: z.string(),
      title: z.string().optional(),
      details: z.string().optional(),
      status: z.number().optional(),
      trace: z.string().optional(),
    })
    .nullable(),
});

/**
 * One onboarding, as it is kept: sealed, all of it, for it holds the app's secret, the PIN, the code until it is used, and the token.
 * What is over is struck out: the code before it is sent, all secrets once it finished.
 */
export const onboardingRecordSchema = z.object({
  v: z.literal(1),
  id: onboardingIdSchema,
  tenantId: tenantIdSchema,
  provider: providerIdSchema,
  channel: z.object({
    id: channelIdSchema,
    name: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
  }),
  callbackData: z.string().nullable(),
  /** The provider's, see `OnboardingPlan`. Null once finished. */
  plan: z.record(z.string(), z.string().nullable()).nullable(),
  pin: z.string().nullable(),
  /** Null: none was given yet for this run, or it was sent. */
  code: z.object({ value: z.string(), givenAtMs: z.number() }).nullable(),
  token: z.string().nullable(),
  tokenExpiresAtMs: z.number().nullable(),
  /** The stage that is next, runs, or failed. */
  stage: onboardingStageSchema,
  /** From 1; each retry is another. */
  run: z.int().min(1),
  state: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('running') }),
    /** Goes on by itself. */
    z.object({ kind: z.literal('waiting'), untilMs: z.number(), failure: problemSchema }),
    /** `told`: whether the event was. */
    z.object({ kind: z.literal('failed'), failure: problemSchema, told: z.boolean() }),
    z.object({ kind: z.literal('finished'), told: z.boolean() }),
  ]),
  /** Calls of this stage in this run. */
  attempts: z.int().min(0),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
export type OnboardingRecord = z.infer<typeof onboardingRecordSchema>;
