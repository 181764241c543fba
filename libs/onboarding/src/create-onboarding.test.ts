import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, providerIdSchema, tenantIdSchema } from '@posthorn/message';
import type { OnboardingProblem, OnboardingSteps, StepOutcome } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { beginOnboarding } from './begin-onboarding.ts';
import { createOnboarding } from './create-onboarding.ts';
import type { OnboardingDeps } from './onboarding-deps.ts';
import { onboardingRecordSchema, toOnboardingId, type OnboardingRecord } from './onboarding-record.ts';
import { retryOnboarding } from './retry-onboarding.ts';
import { showOnboarding } from './show-onboarding.ts';

const provider = providerIdSchema.parse('whatsapp-cloud');
const id = toOnboardingId(provider, '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const startMs = 1_764_000_000_000;
const secrets = ['AQ-the-code', 'EAA-the-token', '123456', 'the-app-secret', 'AQ-another'];
const worked = { kind: 'worked', token: 'EAA-the-token', lifeMs: 60_000 } as const;
const problem = (code: string, needs: OnboardingProblem['needs']): OnboardingProblem => ({
  code,
  says: 'words',
  needs,
  problem: null,
});
const failed = (code: string, needs: OnboardingProblem['needs']) =>
  ({ kind: 'failed', problem: problem(code, needs) }) as const;
const again = (attemptsMax: number, unsent = false) =>
  ({ kind: 'again', afterMs: 5_000, attemptsMax, unsent, problem: problem('busy', 'retry') }) as const;

type Said = StepOutcome<{ readonly token: string; readonly lifeMs: number | null }>;

/** One onboarding, its store, and a provider that answers by the step's name: in order, the last answer again and again. */
function open(answers: Partial<Record<'token' | 'webhooks' | 'phone', readonly Said[]>> = {}) {
  const world = { nowMs: startMs, calls: new Array<string>(), told: new Array<unknown>(), log: new Array<string>() };
  const left = new Map(Object.entries(answers).map(([step, said]) => [step, [...said]]));
  // As JSON, as the store keeps it.
  let stored = { version: 0, text: '' };
  const read = (): OnboardingRecord => onboardingRecordSchema.parse(JSON.parse(stored.text));
  const put = (record: OnboardingRecord): number => {
    stored = { version: stored.version + 1, text: JSON.stringify(record) };
    return stored.version;
  };
  const dies = { afterSave: -1, inCall: '' };
  const step = (name: string, detail: string) => ({
    request: { operation: name, method: 'POST' as const, url: `http://127.0.0.1/${detail}` },
    read: (): Said => {
      const said = left.get(name);
      return (said !== undefined && said.length > 1 ? said.shift() : said?.[0]) ?? worked;
    },
  });
  const steps: OnboardingSteps = {
    fetchToken: (code) => step('token', code),
    registerWebhooks: (token) => step('webhooks', token),
    registerPhone: (token, pin) => step('phone', `${token}/${pin}`),
    toSettings: (accessToken) => ({ accessToken }),
  };
  const deps: OnboardingDeps = {
    records: {
      read: async () => await Promise.resolve(stored.version === 0 ? null : { value: read(), version: stored.version }),
      save: async (_id, replaces, record) => {
        if (replaces !== stored.version) return await Promise.resolve(null);
        const version = put(record);
        if (dies.afterSave === version) throw new Error('killed');
        return version;
      },
    },
    stepsOf: () => steps,
    http: async ({ operation, url }): Promise<HttpReply> => {
      world.calls.push(`${operation} ${url.replace('http://127.0.0.1/', '')}`);
      if (dies.inCall === operation) throw new Error('killed');
      return await Promise.resolve({ kind: 'not_sent', reason: 'played', durationMs: 0 });
    },
    clock: { now: () => world.nowMs },
    openChannel: async () => await Promise.resolve((world.calls.push('channel'), [])),
    release: async () => await Promise.resolve(void world.calls.push('release')),
    tell: async (_record, type, fingerprint, data) =>
      await Promise.resolve(void world.told.push({ type, fingerprint, data })),
    report: (_record, { stage, outcome }) => void world.log.push(`${stage} ${outcome}`),
  };
  put(
    beginOnboarding({
      id,
      tenantId: tenantIdSchema.parse('default'),
      provider,
      channel: { id: channelIdSchema.parse('support'), name: null, labels: {} },
      callbackData: 'customer-4711',
      plan: { appSecret: 'the-app-secret' },
      pin: '123456',
      code: 'AQ-the-code',
      nowMs: startMs,
    }),
  );
  const onboard = createOnboarding(deps);
  const retry = (input: { code?: string; pin?: string }) => {
    const next = retryOnboarding(read(), input, { nowMs: world.nowMs, isPin: (pin) => pin.length === 6 });
    if (next.kind === 'retry') put(next.record);
    return next;
  };
  return {
    world,
    dies,
    read,
    retry,
    run: async () => await onboard({ id, run: read().run }),
    onboard,
    version: () => stored.version,
  };
}

const whole = ['token AQ-the-code', 'channel', 'webhooks EAA-the-token', 'phone EAA-the-token/123456', 'release'];

describe('an onboarding', () => {
  it('goes through its stages, tells its end with the caller’s data, and forgets all secrets', async () => {
    const { world, read, run } = open();
    expect(await run()).toEqual({ kind: 'done' });
    expect(world.calls).toEqual(whole);
    expect(world.log).toEqual(['FETCH_TOKEN worked', 'REGISTER_WEBHOOKS worked', 'REGISTER_PHONE worked']);
    expect(showOnboarding(read())).toMatchObject({
      stage: 'FINISHED',
      state: 'finished',
      callbackData: 'customer-4711',
    });
    expect(world.told).toEqual([
      {
        type: 'onboarding.finished',
        fingerprint: `${id} 1`,
        data: {
          onboardingId: id,
          stage: 'FINISHED',
          callbackData: 'customer-4711',
          tokenExpiresAt: new Date(startMs + 60_000).toISOString(),
        },
      },
    ]);
    for (const secret of secrets) expect(JSON.stringify(read())).not.toContain(secret);
    await run();
    expect(world.calls).toEqual(whole);
    expect(world.told).toHaveLength(1);
  });

  it('shows nothing that was given at any moment', async () => {
    const { read, run } = open({ webhooks: [failed('account_or_number_unknown', 'new_onboarding')] });
    const before = JSON.stringify(showOnboarding(read()));
    await run();
    for (const secret of secrets) expect(before + JSON.stringify(showOnboarding(read()))).not.toContain(secret);
  });

  it('tells the stage that failed, and goes on there: what worked is not repeated', async () => {
    const { world, read, run, retry } = open({ phone: [failed('pin_wrong', 'pin'), worked] });
    await run();
    expect(showOnboarding(read())).toMatchObject({
      stage: 'REGISTER_PHONE',
      state: 'failed',
      failure: { code: 'pin_wrong', needs: 'pin' },
    });
    expect(world.told).toMatchObject([
      { type: 'onboarding.failed', data: { stage: 'REGISTER_PHONE', callbackData: 'customer-4711' } },
    ]);
    expect(retry({ pin: '65' })).toMatchObject({ kind: 'invalid', pointer: '/pin' });
    expect(retry({ code: 'AQ-another' })).toMatchObject({ kind: 'invalid', pointer: '/code' });
    expect(retry({ pin: '654321' })).toMatchObject({ kind: 'retry' });
    await run();
    expect(world.calls).toEqual([...whole.slice(0, 4), 'phone EAA-the-token/654321', 'release']);
    expect(world.told).toHaveLength(2);
    expect(retry({})).toMatchObject({ kind: 'conflict' });
  });

  it('goes on by itself after the wait of the rule, so often and no more', async () => {
    const { world, read, run } = open({ webhooks: [again(2)] });
    expect(await run()).toEqual({ kind: 'later', afterMs: 5_000 });
    expect(showOnboarding(read())).toMatchObject({ state: 'waiting', nextAt: new Date(startMs + 5_000).toISOString() });
    // Woken too early it only waits.
    world.nowMs += 4_000;
    expect(await run()).toEqual({ kind: 'later', afterMs: 1_000 });
    world.nowMs += 1_000;
    expect(await run()).toEqual({ kind: 'done' });
    expect(read().state).toMatchObject({ kind: 'failed', failure: { code: 'busy' } });
    expect(world.calls.filter((call) => call.startsWith('webhooks'))).toHaveLength(2);
  });

  it('does not send a code again whose answer was lost in a crash: it asks for a new one', async () => {
    const { world, dies, read, run, retry } = open();
    dies.inCall = 'token';
    await expect(run()).rejects.toThrow('killed');
    dies.inCall = '';
    expect(await run()).toEqual({ kind: 'done' });
    expect(read()).toMatchObject({ stage: 'FETCH_TOKEN', state: { failure: { code: 'code_outcome_unknown' } } });
    expect(retry({})).toMatchObject({ kind: 'invalid', pointer: '/code' });
    retry({ code: 'AQ-another' });
    await run();
    expect(world.calls).toEqual([whole[0], 'token AQ-another', ...whole.slice(1)]);
  });

  it('keeps a code that never left, and tries it while it lives', async () => {
    const { world, read, run } = open({ token: [again(20, true)] });
    expect(await run()).toEqual({ kind: 'later', afterMs: 5_000 });
    world.nowMs += 31_000;
    await run();
    expect(world.calls).toEqual(['token AQ-the-code']);
    expect(read().state).toMatchObject({ kind: 'failed', failure: { code: 'code_too_old', needs: 'code' } });
    expect(read().code).toBeNull();
  });

  it('ends the same wherever the process is killed between two writes, and no stage that worked is repeated', async () => {
    const { version, run } = open();
    await run();
    const writes = version();
    for (let at = 2; at <= writes; at += 1) {
      const one = open();
      one.dies.afterSave = at;
      await expect(one.run()).rejects.toThrow('killed');
      one.dies.afterSave = -1;
      await one.run();
      // Killed between the intent and the call, the code counts as sent.
      const isCodeLost = one.read().state.kind === 'failed';
      if (isCodeLost) {
        expect(at).toBe(3);
        one.retry({ code: 'AQ-the-code' });
        await one.run();
      }
      expect(one.world.calls.filter((call, index, all) => all.indexOf(call) === index)).toEqual(whole);
      expect(one.world.calls.filter((call) => /^(?:token|webhooks|phone)/u.test(call))).toHaveLength(3);
      expect(showOnboarding(one.read())).toMatchObject({ state: 'finished' });
      expect(new Set(one.world.told.map((event) => JSON.stringify(event))).size).toBe(isCodeLost ? 2 : 1);
    }
  });

  it('is left alone by a job of an earlier run', async () => {
    const { world, onboard, run, retry } = open({ webhooks: [failed('webhook_not_verified', 'retry'), worked] });
    await run();
    retry({});
    expect(await onboard({ id, run: 1 })).toEqual({ kind: 'done' });
    expect(world.calls).toHaveLength(3);
    await run();
    expect(world.calls).toHaveLength(7);
  });

  it('needs a new code when the token is refused later', async () => {
    const { world, run, retry } = open({ phone: [failed('token_refused', 'code'), worked] });
    await run();
    expect(retry({})).toMatchObject({ kind: 'invalid', pointer: '/code' });
    retry({ code: 'AQ-another' });
    await run();
    expect(world.calls.slice(4)).toEqual(['token AQ-another', ...whole.slice(1)]);
  });

  it('runs again only once it stands still', async () => {
    const { world, retry } = open();
    expect(retry({})).toMatchObject({ kind: 'conflict' });
    world.nowMs += 120_000;
    expect(retry({})).toMatchObject({ kind: 'retry' });
  });
});
