import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { refusal } from './fixtures/error-rows.ts';
import { oldResultByFailure, oldResultByProblem, oldResultOf, type OldResult } from './old-results.ts';
import { settingsSchema } from './settings.ts';
import { settingsWith } from './fixtures/connected-channel.ts';
import { toOutcome } from './to-outcome.ts';

const page = readFileSync(new URL('../../../docs/migrate/whatsapp-cloud.md', import.meta.url), 'utf8');
const resultOf = (reply: Parameters<typeof toOutcome>[0]): OldResult => {
  const outcome = toOutcome(reply, 0);
  return oldResultOf(outcome.kind === 'accepted' ? null : outcome.code);
};
const answered = (status: number, body: unknown) =>
  ({ kind: 'answered', status, headers: {}, body, text: '', durationMs: 1 }) as const;

describe('whatsapp-cloud: the older connector’s results', () => {
  it.each([
    ['OK', answered(200, { messages: [{ id: 'wamid.A' }] })],
    ['AUTHENTICATION_FAILED', refusal(190, 401)],
    ['AUTHENTICATION_FAILED', refusal(10, 403)],
    ['NOT_FOUND', refusal(132_001, 404)],
    ['BAD_REQUEST', refusal(100, 400)],
    ['BAD_REQUEST', refusal(131_026, 400)],
    ['OTHER_HTTP', refusal(130_429, 429)],
    ['OTHER_HTTP', answered(502, 'Bad Gateway')],
    ['OTHER_HTTP', { kind: 'no_answer', reason: 'timeout', durationMs: 1 }],
  ] as const)('%s', (expected, reply) => {
    expect(resultOf(reply)).toBe(expected);
  });

  it('of the API’s own answers', () => {
    expect(oldResultOf('closing')).toBe('CLOSING');
    expect(oldResultOf('unauthenticated')).toBe('AUTHENTICATION_FAILED');
    expect(oldResultOf('token_unavailable')).toBe('MISSING_TOKEN');
    for (const unknown of ['storage_unavailable', 'constructor', 'of_a_later_release']) {
      expect(oldResultOf(unknown)).toBe('OTHER_HTTP');
    }
  });

  it('MISSING_VERSION cannot happen: there is a default', () => {
    expect(settingsSchema.parse(settingsWith()).apiVersion).toMatch(/^v\d+\.0$/u);
    const wrong = settingsSchema.safeParse(settingsWith({ apiVersion: '' }));
    expect(wrong.success).toBe(false);
  });

  it('stand in the page for those who migrate, each code under its name', () => {
    const rows = new Map(
      [...page.matchAll(/^\| `(?<name>[A-Z_]+)` \| (?<codes>[^|]*) \|/gmu)].map(({ groups }) => [
        groups?.['name'],
        [...(groups?.['codes'] ?? '').matchAll(/`(?<code>[a-z_]+)`/gu)].map((found) => found.groups?.['code']),
      ]),
    );
    for (const [code, name] of Object.entries({ ...oldResultByProblem, ...oldResultByFailure })) {
      expect({ code, in: rows.get(name) }).toEqual({ code, in: expect.arrayContaining([code]) });
    }
  });
});
