import { describe, expect, it } from '@jest/globals';
import { isUserId, recipientSchema } from './recipient.ts';
import { laneSchema } from './lane.ts';

describe('recipient', () => {
  it.each(['+12', '+15550001111', '+390612345678', `+${'9'.repeat(15)}`])('a phone number: %s', (value) => {
    expect(isUserId(recipientSchema.parse(value))).toBe(false);
  });

  it.each(['US.1', 'US.13491208655302741918', 'US.ENT.11815799212886844830', `DE.${'a'.repeat(128)}`])(
    'a user id: %s',
    (value) => {
      expect(isUserId(recipientSchema.parse(value))).toBe(true);
    },
  );

  it.each([
    '',
    '+',
    '+1',
    '15550001111',
    '0015550001111',
    '+05550001111',
    `+${'9'.repeat(16)}`,
    '+1 555 000 1111',
    '+1-555-000-1111',
    '+1555000111a',
    '+15550001111\n',
    ' +15550001111',
    '＋15550001111',
    '+١٥٥٥٠٠٠١١١١',
    'US.',
    'us.123',
    'USA.123',
    'US.EN.123',
    `DE.${'a'.repeat(129)}`,
    'US.12-3',
    'whatsapp:+15550001111',
  ])('refused: %j', (value) => {
    const parsed = recipientSchema.safeParse(value);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.message).toContain('E.164');
  });
});

describe('lane', () => {
  it('is one of three', () => {
    expect(laneSchema.options).toEqual(['high', 'normal', 'bulk']);
  });
});
