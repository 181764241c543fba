import type { ChannelRegistry } from '@posthorn/channel';
import type { ChannelId, ProviderId, TenantId } from '@posthorn/message';
import { channelIdSchema, providerIdSchema } from '@posthorn/message';
import {
  beginOnboarding,
  onboardingRecordSchema,
  providerIdOf,
  retryOnboarding,
  showOnboarding,
  toOnboardingId,
  type OnboardingId,
  type OnboardingRecord,
  type OnboardingView,
  type RetryInput,
} from '@posthorn/onboarding';
import type { Fault, OnboardingPlace, Provider } from '@posthorn/provider';
import { faultsOf } from '@posthorn/provider';
import type { TaskRecords } from '@posthorn/queue';
import { createTaskRecords } from '@posthorn/queue';
import type { Clock, RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';

/** Longer than any wait of a stage, and than a person takes to come back to it. */
const keptMs = 30 * 86_400_000;

const code = z
  .string({ error: 'expected the code of the sign-up' })
  .regex(/^[!-~]{1,4096}$/u, 'expected the code of the sign-up: visible ASCII characters, without spaces');
const callbackData = z.string().min(1).max(1000);

/** What begins an onboarding. `settings` are the provider's own. */
export const onboardingRequestSchema = z
  .strictObject({
    provider: providerIdSchema.default(providerIdSchema.parse('whatsapp-cloud')),
    channelId: channelIdSchema,
    name: z.string().min(1).max(200).optional().meta({ description: 'The channel’s, for people.' }),
    labels: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'Returned in every event of the channel.' }),
    code: code.meta({ description: 'What the sign-up gave. It lives 30 seconds and works once.' }),
    callbackData: callbackData
      .optional()
      .meta({ description: 'Yours; comes back with onboarding.finished or onboarding.failed.' }),
    settings: z
      .record(z.string(), z.unknown())
      .meta({ description: 'wabaId, phoneNumberId and pin; see docs/providers/whatsapp-cloud.md for the others.' }),
  })
  .meta({
    id: 'OnboardingRequest',
    examples: [
      {
        channelId: 'support',
        code: 'AQBhlXsctMxJYb…',
        callbackData: 'customer-4711',
        settings: { wabaId: '102290129340398', phoneNumberId: '106540352242922', pin: '123456' },
      },
    ],
  });

/** What a new run may need. */
export const onboardingRetrySchema = z.strictObject({
  code: code.optional().meta({ description: 'A new code, where `failure.needs` says so.' }),
  pin: z.string().max(32).optional().meta({ description: 'Another PIN.' }),
});

export interface OnboardingsDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly registry: Pick<ChannelRegistry, 'get' | 'refresh'>;
  readonly providers: readonly Provider[];
  readonly clock: Clock;
  readonly newUlid: () => string;
  /** What the installation knows by itself, for a channel. */
  readonly placeOf: (provider: ProviderId, channelId: ChannelId) => OnboardingPlace;
}

export type OnboardingAnswer =
  | { readonly kind: 'onboarding'; readonly view: OnboardingView }
  /** Pointers start at the request. */
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  | { readonly kind: 'conflict'; readonly detail: string }
  | { readonly kind: 'unknown' };

/** Begins onboardings, shows them, and lets them go on. A worker of the provider runs them. */
export interface Onboardings {
  readonly begin: (tenantId: TenantId, request: unknown) => Promise<OnboardingAnswer>;
  /** `tenantId` null: of any tenant. */
  readonly show: (tenantId: TenantId | null, id: OnboardingId) => Promise<OnboardingAnswer>;
  readonly retry: (tenantId: TenantId | null, id: OnboardingId, request: unknown) => Promise<OnboardingAnswer>;
}

/** The sealed records of onboardings. */
export function createOnboardingRecords(deps: {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
}): TaskRecords<OnboardingRecord> {
  return createTaskRecords({ ...deps, schema: onboardingRecordSchema, keptMs });
}

/** Onboardings on Redis, the same for the HTTP API and the command line. */
export function createOnboardings(deps: OnboardingsDeps): Onboardings {
  const { redis, registry, clock } = deps;
  const records = createOnboardingRecords(deps);
  const providerOf = (id: ProviderId): Provider | undefined => deps.providers.find((provider) => provider.id === id);

  return {
    begin: async (tenantId, request) => {
      const read = onboardingRequestSchema.safeParse(request);
      if (!read.success) return { kind: 'invalid', faults: faultsOf(read.error) };
      const { provider: providerId, channelId, name, labels, ...given } = read.data;
      const onboarding = providerOf(providerId)?.onboarding;
      if (onboarding === undefined) {
        const known = deps.providers.filter((each) => each.onboarding !== undefined).map(({ id }) => id);
        const detail = `expected a provider with onboarding (${known.join(', ')}); channels of others are added with their credentials`;
        return { kind: 'invalid', faults: [{ pointer: '/provider', detail }] };
      }
      const plan = onboarding.read(given.settings, deps.placeOf(providerId, channelId));
      if (plan.kind === 'invalid') {
        const faults = plan.faults.map(({ pointer, detail }) => ({ pointer: `/settings${pointer}`, detail }));
        return { kind: 'invalid', faults };
      }
      if (!(await isFree(tenantId, providerId, channelId))) return { kind: 'conflict', detail: channelTaken };
      const record = beginOnboarding({
        id: toOnboardingId(providerId, deps.newUlid()),
        tenantId,
        provider: providerId,
        channel: { id: channelId, name: name ?? null, labels: labels ?? {} },
        callbackData: given.callbackData ?? null,
        plan: plan.plan,
        pin: plan.pin,
        code: given.code,
        nowMs: clock.now(),
      });
      await save(record, 0);
      return { kind: 'onboarding', view: showOnboarding(record) };
    },
    show: async (tenantId, id) => {
      const held = await find(tenantId, id);
      return held === null ? { kind: 'unknown' } : { kind: 'onboarding', view: showOnboarding(held.value) };
    },
    retry: async (tenantId, id, request) => {
      const held = await find(tenantId, id);
      if (held === null) return { kind: 'unknown' };
      const read = onboardingRetrySchema.safeParse(request);
      if (!read.success) return { kind: 'invalid', faults: faultsOf(read.error) };
      const isPin = providerOf(held.value.provider)?.onboarding?.isPin ?? (() => false);
      const next = retryOnboarding(held.value, read.data satisfies RetryInput, { nowMs: clock.now(), isPin });
      if (next.kind === 'conflict') return { kind: 'conflict', detail: next.reason };
      if (next.kind === 'invalid') return { kind: 'invalid', faults: [{ pointer: next.pointer, detail: next.detail }] };
      if (!(await save(next.record, held.version)))
        return { kind: 'conflict', detail: 'It changed just now. Look again.' };
      return { kind: 'onboarding', view: showOnboarding(next.record) };
    },
  };

  async function find(tenantId: TenantId | null, id: OnboardingId) {
    const held = await records.read(providerIdOf(id), id);
    return held !== null && (tenantId === null || held.value.tenantId === tenantId) ? held : null;
  }

  /** With its job: there is never the one without the other. */
  async function save(record: OnboardingRecord, replaces: number): Promise<boolean> {
    const { id, run, provider } = record;
    const data = { v: 1 as const, kind: 'onboarding' as const, id, run };
    const job = { id: `${id}_${run}`, data, nowMs: clock.now() };
    return (await records.save(provider, id, replaces, record, job)) !== null;
  }

  /** A channel id is one tenant's: its own channel of that provider, or one nobody has; then it is kept for this tenant meanwhile. */
  async function isFree(tenantId: TenantId, provider: ProviderId, id: ChannelId): Promise<boolean> {
    await registry.refresh();
    const known = registry.get(id);
    if (known !== null) return known.tenantId === tenantId && known.provider === provider;
    const key = `posthorn:{channels}:reserved:${id}`;
    await redis.set(key, tenantId, 'PX', keptMs, 'NX');
    return (await redis.get(key)) === tenantId;
  }
}

const channelTaken = 'The channel id is taken. Choose another one.';
