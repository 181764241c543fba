import type { OnboardingProblem, OnboardingStep, OnboardingSteps, StepOutcome } from '@posthorn/provider';
import type { OnboardingDeps } from './onboarding-deps.ts';
import type { OnboardingId, OnboardingRecord } from './onboarding-record.ts';

/** One run of one onboarding. */
export interface OnboardingTask {
  readonly id: OnboardingId;
  readonly run: number;
}

export type OnboardingEnd = { readonly kind: 'done' } | { readonly kind: 'later'; readonly afterMs: number };

/** A code lives that long; one that has lain here longer is not tried. */
const codeLifeMs = 30_000;
const releaseMs = 60_000;

const nextStage = {
  FETCH_TOKEN: 'REGISTER_WEBHOOKS',
  REGISTER_WEBHOOKS: 'REGISTER_PHONE',
  REGISTER_PHONE: 'FINISHED',
} as const satisfies Record<OnboardingStep, string>;

/** A record as it was read, and the version that the next write replaces. */
interface Held {
  readonly record: OnboardingRecord;
  readonly version: number;
}

/**
 * Goes through the stages of an onboarding, each at most once: what is meant is written before the call, what came of it right after, both by
 * compare and set, so that a run which was overtaken writes nothing. A process that dies in between leaves the stage as it was: webhooks and
 * phone can be registered twice, but a code that was sent is never sent again, because it works once.
 */
export function createOnboarding(deps: OnboardingDeps): (task: OnboardingTask) => Promise<OnboardingEnd> {
  const { records, clock } = deps;

  return async ({ id, run }) => {
    const found = await records.read(id);
    // Over, or another run took its place.
    if (found === null || found.value.run !== run) return { kind: 'done' };
    let held: Held | OnboardingEnd = { record: found.value, version: found.version };
    while ('record' in held) held = await goOn(held);
    return held;
  };

  async function goOn(held: Held): Promise<Held | OnboardingEnd> {
    const { record } = held;
    const { state } = record;
    if (state.kind === 'failed' || state.kind === 'finished') return await tellEnd(held, state);
    if (state.kind === 'waiting' && state.untilMs > clock.now()) {
      return { kind: 'later', afterMs: state.untilMs - clock.now() };
    }
    const steps = deps.stepsOf(record);
    // A worker of the release that wrote it may come.
    if (steps === null) return { kind: 'later', afterMs: releaseMs };
    switch (record.stage) {
      case 'UNSTARTED':
        return await save(held, { stage: 'FETCH_TOKEN', attempts: 0 });
      case 'FETCH_TOKEN':
        return await fetchToken(held, steps);
      case 'REGISTER_WEBHOOKS':
        return await registerWebhooks(held, steps);
      case 'REGISTER_PHONE':
        return await registerPhone(held, steps);
      case 'FINISHED':
        return await save(held, { state: { kind: 'finished', told: false } });
      default:
        return record.stage satisfies never;
    }
  }

  async function fetchToken(held: Held, steps: OnboardingSteps): Promise<Held | OnboardingEnd> {
    const { code } = held.record;
    // Struck out and no token: whoever sent it died before the answer was written.
    if (code === null) return await fail(held, codeLost);
    if (clock.now() - code.givenAtMs > codeLifeMs) return await fail(held, codeTooOld, { code: null });
    const meant = await begin(held, { code: null });
    if (!('record' in meant)) return meant;
    const { request, read } = steps.fetchToken(code.value);
    const askedAtMs = clock.now();
    const outcome = read(await deps.http(request));
    if (outcome.kind === 'worked') {
      const tokenExpiresAtMs = outcome.lifeMs === null ? null : askedAtMs + outcome.lifeMs;
      return await advance(meant, 'FETCH_TOKEN', { token: outcome.token, tokenExpiresAtMs });
    }
    return await settle(meant, outcome, outcome.kind === 'again' && outcome.unsent ? { code } : {});
  }

  async function registerWebhooks(held: Held, steps: OnboardingSteps): Promise<Held | OnboardingEnd> {
    const { token } = held.record;
    if (token === null) return await fail(held, codeLost, { stage: 'FETCH_TOKEN' });
    const meant = await begin(held, {});
    if (!('record' in meant)) return meant;
    // Before the provider is told of our webhook it must find somebody there: it asks for the handshake at once.
    const faults = await deps.openChannel(meant.record, (before) => steps.toSettings(token, before));
    if (faults.length > 0) return await fail(meant, invalidChannel(faults));
    const { request, read } = steps.registerWebhooks(token);
    const outcome = read(await deps.http(request));
    return outcome.kind === 'worked' ? await advance(meant, 'REGISTER_WEBHOOKS', {}) : await settle(meant, outcome, {});
  }

  async function registerPhone(held: Held, steps: OnboardingSteps): Promise<Held | OnboardingEnd> {
    const { token, pin } = held.record;
    if (token === null || pin === null) return await fail(held, codeLost, { stage: 'FETCH_TOKEN' });
    const meant = await begin(held, {});
    if (!('record' in meant)) return meant;
    const { request, read } = steps.registerPhone(token, pin);
    const outcome = read(await deps.http(request));
    return outcome.kind === 'worked' ? await advance(meant, 'REGISTER_PHONE', {}) : await settle(meant, outcome, {});
  }

  /** Writes that the call is about to be made. */
  async function begin(held: Held, changes: Partial<OnboardingRecord>): Promise<Held | OnboardingEnd> {
    const attempts = held.record.attempts + 1;
    return await save(held, { state: { kind: 'running' }, attempts, ...changes });
  }

  async function advance(
    held: Held,
    stage: OnboardingStep,
    changes: Partial<OnboardingRecord>,
  ): Promise<Held | OnboardingEnd> {
    deps.report(held.record, { stage, outcome: 'worked', failure: null });
    return await save(held, { stage: nextStage[stage], attempts: 0, ...changes });
  }

  async function settle(
    held: Held,
    outcome: Exclude<StepOutcome<object>, { kind: 'worked' }>,
    changes: Partial<OnboardingRecord>,
  ): Promise<Held | OnboardingEnd> {
    const { record } = held;
    const failure = outcome.problem;
    if (outcome.kind === 'failed' || record.attempts >= outcome.attemptsMax) return await fail(held, failure, changes);
    deps.report(record, { stage: record.stage, outcome: 'waits', failure });
    return await save(held, {
      state: { kind: 'waiting', untilMs: clock.now() + outcome.afterMs, failure },
      ...changes,
    });
  }

  async function fail(
    held: Held,
    failure: OnboardingProblem,
    changes: Partial<OnboardingRecord> = {},
  ): Promise<Held | OnboardingEnd> {
    deps.report(held.record, { stage: held.record.stage, outcome: 'failed', failure });
    return await save(held, { state: { kind: 'failed', failure, told: false }, ...changes });
  }

  async function save(held: Held, changes: Partial<OnboardingRecord>): Promise<Held | OnboardingEnd> {
    const record = { ...held.record, ...changes, updatedAtMs: clock.now() };
    const version = await records.save(record.id, held.version, record);
    return version === null ? { kind: 'done' } : { record, version };
  }

  /** Told after it is written: who dies in between tells it when the job comes back. */
  async function tellEnd(
    held: Held,
    state: Extract<OnboardingRecord['state'], { kind: 'failed' | 'finished' }>,
  ): Promise<OnboardingEnd> {
    const { record } = held;
    if (state.told) return { kind: 'done' };
    const isFinished = state.kind === 'finished';
    if (isFinished) await deps.release(record);
    await deps.tell(record, isFinished ? 'onboarding.finished' : 'onboarding.failed', `${record.id} ${record.run}`, {
      onboardingId: record.id,
      stage: record.stage,
      callbackData: record.callbackData,
      ...(isFinished
        ? { tokenExpiresAt: record.tokenExpiresAtMs === null ? null : new Date(record.tokenExpiresAtMs).toISOString() }
        : { failure: state.failure }),
    });
    const secrets = isFinished ? { plan: null, pin: null, token: null } : {};
    await save(held, { state: { ...state, told: true }, code: null, ...secrets });
    return { kind: 'done' };
  }
}

const codeLost: OnboardingProblem = {
  code: 'code_outcome_unknown',
  says: 'Whether the provider took the code is not known, and a code works once. Sign up again and run it with the new code.',
  needs: 'code',
  problem: null,
};
const codeTooOld: OnboardingProblem = {
  code: 'code_too_old',
  says: 'The code was not used within the 30 seconds it lives. Sign up again and run it with the new code.',
  needs: 'code',
  problem: null,
};

function invalidChannel(faults: readonly { readonly pointer: string; readonly detail: string }[]): OnboardingProblem {
  const details = faults.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
  return {
    code: 'channel_not_possible',
    says: `The channel cannot be made of this: ${details}. Begin another onboarding with what is expected there.`,
    needs: 'new_onboarding',
    problem: null,
  };
}
