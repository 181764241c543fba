import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { refusal } from '../fixtures/error-rows.ts';
import { settingsSchema } from '../settings.ts';
import { onboardingTable } from './onboarding-table.ts';
import { onboarding } from './onboarding.ts';
import { readStep, readToken } from './read-step.ts';

const given = { wabaId: '102290129340398', phoneNumberId: '106540352242922', pin: '123456' };
const place = {
  appId: '77',
  appSecret: 'posthorn-test-app-secret',
  baseUrl: 'http://127.0.0.1:4010/',
  webhookUrl: 'https://hooks.example.test/webhooks/whatsapp-cloud/support',
  verifyToken: 'made-here',
};
const stepsFor = (settings: object = {}, here: object = {}) => {
  const read = onboarding.read({ ...given, ...settings }, { ...place, ...here });
  if (read.kind === 'invalid') throw new Error(JSON.stringify(read.faults));
  const steps = onboarding.open(read.plan);
  if (steps === null) throw new Error('expected a plan that can be read again');
  return steps;
};
const bodyOf = ({ request: { body } }: { request: { body?: unknown } }): unknown =>
  typeof body === 'string' ? JSON.parse(body) : body;
const answered = (status: number, body: unknown) =>
  ({ kind: 'answered', status, headers: {}, body, text: '', durationMs: 1 }) as const;
const token = 'EAAtesttoken0001';
const proof = { appsecret_proof: 'da0069726a75822acc54c5f08d57c793ea2ef627acd4584ea56ff8540057037d' };

describe('whatsapp-cloud: the calls of onboarding', () => {
  it('are as Meta documents them', () => {
    const steps = stepsFor({ dataRegion: 'DE' });
    expect(steps.fetchToken('a code&more').request).toEqual({
      operation: 'whatsapp-cloud.onboarding.token',
      method: 'GET',
      url: 'http://127.0.0.1:4010/v25.0/oauth/access_token?client_id=77&client_secret=posthorn-test-app-secret&code=a+code%26more',
    });
    const webhooks = steps.registerWebhooks(token);
    expect(webhooks.request.url).toBe('http://127.0.0.1:4010/v25.0/102290129340398/subscribed_apps');
    expect(bodyOf(webhooks)).toEqual({ override_callback_uri: place.webhookUrl, verify_token: 'made-here', ...proof });
    const phone = steps.registerPhone(token, '123456');
    expect(phone.request.url).toBe('http://127.0.0.1:4010/v25.0/106540352242922/register');
    expect(bodyOf(phone)).toEqual({
      messaging_product: 'whatsapp',
      pin: '123456',
      data_localization_region: 'DE',
      ...proof,
    });
  });

  it('leave the webhooks where the app’s go, if asked to', () => {
    expect(bodyOf(stepsFor({ callbackUrl: null }).registerWebhooks(token))).toEqual(proof);
    expect(bodyOf(stepsFor({}, { webhookUrl: undefined }).registerWebhooks(token))).toEqual(proof);
  });

  it('make settings that connect, and keep what a channel had besides', () => {
    const made = stepsFor({ verifyToken: 'mine' }).toSettings(token, { pacePerSecond: 20, appSecrets: ['old'] });
    expect(settingsSchema.parse(made)).toMatchObject({ accessToken: token, verifyToken: 'mine', pacePerSecond: 20 });
  });

  it('need the app, from here or from the installation, whole', () => {
    const without = { ...place, appId: undefined };
    expect(onboarding.read(given, without)).toMatchObject({ kind: 'invalid', faults: [{ pointer: '/appId' }] });
    expect(onboarding.read({ ...given, appId: '78' }, place)).toMatchObject({ faults: [{ pointer: '/appSecret' }] });
    expect(onboarding.read({ ...given, appId: '78', appSecret: 'other' }, place)).toMatchObject({ kind: 'read' });
  });

  it.each([
    ['a PIN of five digits', { pin: '12345' }, '/pin'],
    ['an address longer than Meta takes', { callbackUrl: `https://a.example.test/${'x'.repeat(200)}` }, '/callbackUrl'],
    ['a region Meta does not have', { dataRegion: 'FR' }, '/dataRegion'],
    ['an unknown setting', { accessToken: 'EAA' }, '/accessToken'],
  ])('refuse %s, and show no value', (_name, settings, pointer) => {
    const read = onboarding.read({ ...given, ...settings }, place);
    expect(read).toMatchObject({ kind: 'invalid', faults: [{ pointer }] });
    expect(JSON.stringify(read)).not.toMatch(/12345|EAA/u);
  });
});

describe('whatsapp-cloud: what an answer to the code means', () => {
  it.each([
    ['a token for ever', answered(200, { access_token: token, token_type: 'bearer' }), { token, lifeMs: null }],
    ['a token of 60 days', answered(200, { access_token: token, expires_in: 5_184_000 }), { lifeMs: 5_184_000_000 }],
  ])('%s', (_name, reply, expected) => {
    expect(readToken(reply)).toMatchObject({ kind: 'worked', ...expected });
  });

  it.each([
    ['a code that was used', refusal(100, 400, { error_subcode: 36_009 }), 'code_refused'],
    ['a lost answer', { kind: 'no_answer', reason: 'timeout', durationMs: 1 }, 'code_outcome_unknown'],
    ['an outage, in which it may have been taken', refusal(2, 503), 'code_outcome_unknown'],
    ['a 5xx without a code', answered(502, 'Bad Gateway'), 'code_outcome_unknown'],
    ['a success without a token', answered(200, {}), 'code_outcome_unknown'],
    ['a 4xx without a code', answered(404, ''), 'code_refused'],
  ] as const)('%s needs a new code: the old one is never sent again', (_name, reply, code) => {
    expect(readToken(reply)).toMatchObject({ kind: 'failed', problem: { code, needs: 'code' } });
  });

  it('nothing sent: the code is not spent', () => {
    const reply = { kind: 'not_sent', reason: 'ECONNREFUSED', durationMs: 1 } as const;
    expect(readToken(reply)).toMatchObject({ kind: 'again', unsent: true });
  });
});

describe('whatsapp-cloud: what an answer to a registration means', () => {
  it('has each code in one row only', () => {
    const codes = onboardingTable.flatMap(({ of }) => of);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('has each of its codes in the page for users', () => {
    const page = readFileSync(new URL('../../../../docs/providers/whatsapp-cloud.md', import.meta.url), 'utf8');
    expect(onboardingTable.map(({ code }) => code).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  const rows = onboardingTable.flatMap(({ of, ...rule }) => of.map((code) => [code, rule] as const));
  it.each(rows)('%i goes by its row', (code, { again, needs, code: name, says }) => {
    const outcome = readStep(refusal(code, 400));
    expect(outcome).toMatchObject({ problem: { code: name, says, needs, problem: { code: String(code) } } });
    expect(outcome.kind).toBe(again === undefined ? 'failed' : 'again');
    if (again !== undefined) expect(outcome).toMatchObject(again);
  });

  it.each([
    ['a success', answered(200, { success: true }), { kind: 'worked' }],
    ['a throttle of the account', refusal(80_007, 400), { kind: 'again', afterMs: 60_000 }],
    ['maintenance of the number', refusal(2_494_100, 400), { kind: 'again', afterMs: 180_000 }],
    ['an outage', refusal(133_004, 503), { kind: 'again', afterMs: 60_000 }],
    [
      'a right of the 200s',
      refusal(270, 403),
      { kind: 'failed', problem: { code: 'permission_missing', needs: 'code' } },
    ],
    ['an unknown 4xx', refusal(999_999, 400), { kind: 'failed', problem: { code: 'refused', needs: 'retry' } }],
    ['an unknown 5xx', refusal(999_999, 500), { kind: 'again', problem: { code: 'provider_unavailable' } }],
    ['a 5xx without a code', answered(502, ''), { kind: 'again', problem: { code: 'provider_unavailable' } }],
    ['words that are no answer', answered(200, 'ok'), { kind: 'again', problem: { code: 'no_answer' } }],
    ['a lost answer', { kind: 'no_answer', reason: 'timeout', durationMs: 1 }, { kind: 'again', unsent: false }],
  ] as const)('%s', (_name, reply, expected) => {
    expect(readStep(reply)).toMatchObject(expected);
  });
});

describe('whatsapp-cloud: answers in onboarding that nobody documents', () => {
  const nonsense = [
    null,
    7,
    '',
    [],
    {},
    { success: 'yes' },
    { error: null },
    { error: { code: {} } },
    { access_token: 7 },
  ];
  const cases = [200, 204, 302, 400, 401, 404, 429, 500, 503].flatMap((status) =>
    nonsense.map((body) => [status, body] as const),
  );

  it.each(cases)('%i %j: works for no stage, and ends or repeats it', (status, body) => {
    const reply = answered(status, body);
    expect(['again', 'failed']).toContain(readStep(reply).kind);
    expect(readToken(reply).kind).not.toBe('worked');
  });
});
