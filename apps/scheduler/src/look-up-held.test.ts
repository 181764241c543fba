import { describe, expect, it } from '@jest/globals';
import type { Channel } from '@posthorn/channel';
import { channelInputSchema } from '@posthorn/channel';
import type { HeldMessage } from '@posthorn/ledger';
import { externalIdSchema, messageIdSchema, recipientSchema, tenantIdSchema } from '@posthorn/message';
import type { ConnectedChannel } from '@posthorn/provider';
import { createMemoryLog } from '@posthorn/runtime';
import { createHeldLookUp } from './look-up-held.ts';

const channel: Channel = {
  ...channelInputSchema.parse({ id: 'support', provider: 'twilio', settings: {}, heldGraceMs: 60_000 }),
  version: 1,
};
const heldSince = 1_000_000;

function held(last: string, body: string, lookUps = 0): HeldMessage {
  const message = {
    id: messageIdSchema.parse(`msg_support_01JD8T0Z5R4YV3W2X1Q0P9N8M${last}`),
    channelId: channel.id,
    tenantId: tenantIdSchema.parse('default'),
    status: 'held' as const,
    statusAt: heldSince,
    generation: 1,
    lane: 'normal' as const,
    attempts: 1,
    acceptedAt: 0,
    expiresAt: 0,
    sendAt: null,
    externalId: null,
    failure: null,
    possibleDuplicate: false,
    outOfOrder: false,
    sealed: { to: recipientSchema.parse('+15550001111'), content: { type: 'text' as const, body } },
  };
  return { message, calledAt: heldSince - 20_000, blocks: true, spentIds: 2, lookUps, lookedUpAt: null };
}

function lookUp(messages: readonly HeldMessage[], more: { nowMs?: number; token?: string } = {}) {
  const { nowMs = heldSince + 1_000, token = null } = more;
  const did: string[] = [];
  const connected: ConnectedChannel = {
    addresses: [],
    account: 'AC1',
    pace: { channelPerSecond: null, conversation: null },
    tokens: token === null ? null : { request: { operation: 't', method: 'POST', url: '' }, toToken: () => never() },
    toRequest: () => never(),
    lookUp: ({ message, calledAtMs }, given) => ({
      request: { operation: 'look', method: 'GET', url: `${message.content.type} ${calledAtMs} ${given ?? 'none'}` },
      read: () => ({ kind: 'hits', externalIds: [externalIdSchema.parse('SM1')], certain: false }),
    }),
    handshake: () => null,
    verifies: () => false,
  };
  const known = new Set<string>();
  const looking = createHeldLookUp({
    registry: { list: () => [channel] },
    ledger: {
      held: async () => await Promise.resolve({ total: messages.length, messages }),
      known: async (_channel, ids) => await Promise.resolve(new Set(ids.filter((id) => known.has(id)))),
      settleHeld: async ({ messageId, generation }, id) => {
        known.add(id);
        await Promise.resolve(void did.push(`${messageId.slice(-1)} of generation ${generation} is ${id}`));
      },
      noteLookUp: async ({ messageId }) => await Promise.resolve(void did.push(`${messageId.slice(-1)} stays held`)),
    },
    http: async ({ url }) => {
      did.push(`asks: ${url}`);
      return await Promise.resolve({ kind: 'no_answer', reason: 'x', durationMs: 1 });
    },
    clock: { now: () => nowMs },
    log: createMemoryLog().log,
    connected: async () => await Promise.resolve(connected),
    token: async () => await Promise.resolve(token === 'none stored' ? null : token),
    report: () => undefined,
  });
  return { looking, did };
}

function never(): never {
  throw new Error('is not asked here');
}

describe('look-ups of held messages', () => {
  it('settle one after another: what belongs to one is not free for the next', async () => {
    const { looking, did } = lookUp([held('1', 'one'), held('2', 'two')]);
    await looking.tick();
    expect(did).toEqual([
      `asks: text ${heldSince - 20_000} none`,
      '1 of generation 1 is SM1',
      `asks: text ${heldSince - 20_000} none`,
      '2 stays held',
    ]);
  });

  it('are made when they are due, with the stored token, and not without one', async () => {
    const early = lookUp([held('1', 'one', 1)]);
    await early.looking.tick();
    expect(early.did).toEqual([]);
    const due = lookUp([held('1', 'one', 1)], { nowMs: heldSince + 6_000, token: 't1' });
    await due.looking.tick();
    expect(due.did[0]).toMatch(/^asks: .* t1$/u);
    const without = lookUp([held('1', 'one')], { token: 'none stored' });
    await without.looking.tick();
    expect(without.did).toEqual([]);
  });

  it('end with a stop', async () => {
    const { looking, did } = lookUp([held('1', 'one')]);
    looking.stop();
    await looking.tick();
    expect(did).toEqual([]);
  });
});
