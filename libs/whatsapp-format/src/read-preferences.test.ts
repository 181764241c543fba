import { describe, expect, it } from '@jest/globals';
import { readPreferences } from './read-preferences.ts';

const told = (more = {}) => ({
  wa_id: '15550001111',
  detail: 'User requested to stop marketing messages',
  category: 'marketing_messages',
  value: 'stop',
  timestamp: 1_764_000_000,
  ...more,
});
const out = { recipient: '+15550001111', marketing: 'out', atMs: 1_764_000_000_000 };

describe('what people set of marketing', () => {
  it('is read for each of them', () => {
    const list = [told(), told({ value: 'resume' }), told({ value: 'signup', timestamp: 'x' })];
    const expected = [out, { ...out, marketing: 'in' }, { ...out, marketing: 'in', atMs: null }];
    expect(readPreferences({ user_preferences: list })).toEqual(expected);
    expect(readPreferences(list)).toEqual(expected);
  });

  it.each([
    [null],
    [{}],
    [[told({ value: 'maybe' })]],
    [[told({ category: 'calls' })]],
    [[told({ wa_id: {} })]],
    [[7]],
  ])('leaves %j alone', (value) => {
    expect(readPreferences(value)).toEqual([]);
  });
});
