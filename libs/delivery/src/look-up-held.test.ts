import { describe, expect, it } from '@jest/globals';
import type { ExternalId } from '@posthorn/message';
import { externalIdSchema, messageIdSchema, recipientSchema } from '@posthorn/message';
import type { LookUpAnswer } from '@posthorn/provider';
import type { HeldTask } from './look-up-held.ts';
import { isLookUpDue, lookUpHeld } from './look-up-held.ts';

const id = (text: string): ExternalId => externalIdSchema.parse(text);
const hits = (certain: boolean, ...ids: string[]): LookUpAnswer => ({
  kind: 'hits',
  externalIds: ids.map(id),
  certain,
});
const held = (last: string, body = 'hello'): HeldTask => {
  const messageId = messageIdSchema.parse(`msg_a_01JD8T0Z5R4YV3W2X1Q0P9N8M${last}`);
  const to = recipientSchema.parse('+15550001111');
  const message = { id: messageId, to, content: { type: 'text', body }, replyTo: null, reactionTo: null } as const;
  return { messageId, generation: 1, lost: { message, calledAtMs: 0 }, heldAtMs: 0, lookUps: 0 };
};

async function look(answer: LookUpAnswer, { known = [], others = [] }: { known?: string[]; others?: HeldTask[] } = {}) {
  const said: string[] = [];
  const end = await lookUpHeld(
    {
      lookUp: () => ({ request: { operation: 'x', method: 'GET', url: 'http://127.0.0.1/' }, read: () => answer }),
      http: async () => await Promise.resolve({ kind: 'no_answer', reason: 'timeout', durationMs: 1 }),
      known: async () => await Promise.resolve(new Set(known.map(id))),
      settle: async (_task, found) => await Promise.resolve(void said.push(found)),
      note: async (_task, why) => await Promise.resolve(void said.push(why)),
    },
    held('1'),
    [held('1'), ...others],
  );
  return { end, said };
}

describe('a look-up of a held message', () => {
  it('settles it by our id', async () => {
    expect(await look(hits(true, 'SM1'))).toEqual({ end: 'settled', said: ['SM1'] });
    expect((await look(hits(true))).end).toBe('unsettled');
  });

  it('settles it by exactly one hit that belongs to no other message', async () => {
    expect(await look(hits(false, 'SM1', 'SM2'), { known: ['SM2'] })).toEqual({ end: 'settled', said: ['SM1'] });
  });

  it.each([
    ['none fits', hits(false), {}],
    ['all belong to others', hits(false, 'SM1'), { known: ['SM1'] }],
    ['two fit', hits(false, 'SM1', 'SM2'), {}],
    ['another held one is just like it', hits(false, 'SM1'), { others: [held('2')] }],
    ['the provider tells nothing', { kind: 'nothing', why: 'no answer' } as const, {}],
  ])('leaves it held when %s', async (_name, answer, more) => {
    const { end, said } = await look(answer, more);
    expect(end).toBe('unsettled');
    expect(said[0]).not.toMatch(/^SM/u);
  });

  it('is not put off by another one with other words', async () => {
    expect((await look(hits(false, 'SM1'), { others: [held('2', 'bye')] })).end).toBe('settled');
  });

  it('is due a few times, spread over the grace time', () => {
    const due = (lookUps: number, nowMs: number) => isLookUpDue({ heldAtMs: 0, lookUps }, 900_000, nowMs);
    expect([due(0, 14_999), due(0, 15_000), due(1, 15_000), due(3, 675_000), due(4, 900_000)]).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });
});
