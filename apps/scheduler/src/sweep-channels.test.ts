import { describe, expect, it } from '@jest/globals';
import { channelInputSchema } from '@posthorn/channel';
import type { Channel } from '@posthorn/channel';
import { messageIdSchema } from '@posthorn/message';
import { createMemoryLog } from '@posthorn/runtime';
import { createKeepContent } from './keep-content.ts';
import { createSweep } from './sweep-channels.ts';

const channel = (id: string): Channel => ({
  ...channelInputSchema.parse({ id, provider: 'whatsapp-cloud', settings: {} }),
  version: 1,
});

const messageId = messageIdSchema.parse('msg_whole_01JD8T0Z5R4YV3W2X1Q0P9N8M7');

describe('a sweep', () => {
  it('goes on with the next channel when one fails, and counts what it put right', async () => {
    const memory = createMemoryLog();
    const repaired = new Map<string, number>();
    const asked: number[] = [];
    const did: string[] = [];
    const failure = { member: 'one', messageId, generation: 1, code: 'outcome_unknown' } as const;
    const later = { code: 'throttled', scope: 'account', scopeMs: 1, pauses: false } as const;
    const again = { ...failure, member: 'two', code: null, later };
    const sweep = createSweep({
      registry: { list: () => [channel('broken'), channel('whole')] },
      ledger: {
        sweep: async ({ id }, { heldGraceMs }) => {
          asked.push(heldGraceMs);
          if (id === 'broken') throw new Error('Redis is away');
          return await Promise.resolve({ readded: 2, expired: 1, passed: 0, resent: 0, ended: 0 });
        },
        late: async () => await Promise.resolve([{ ...failure, later: null }, again]),
        dealtWith: async (_channel, { member }) => await Promise.resolve(void did.push(`dealt with ${member}`)),
      },
      deadLetters: {
        sweep: async () => await Promise.resolve(3),
        add: async (_channel, { code }) => await Promise.resolve(void did.push(`letter ${code}`)),
      },
      pauses: { align: async () => await Promise.resolve(true) },
      applyLater: async (_channel, { scope }) => await Promise.resolve(void did.push(`${scope} waits`)),
      clock: { now: () => 0 },
      log: memory.log,
      idleMs: 1,
      repaired: (kind, count) => repaired.set(kind, count),
    });
    await sweep();
    expect(Object.fromEntries(repaired)).toEqual({
      heads_without_job: 2,
      expired: 1,
      held_passed: 0,
      held_resent: 0,
      held_ended: 0,
      late_failures: 2,
      dead_letters: 3,
      pauses: 1,
    });
    expect(did).toEqual(['letter outcome_unknown', 'dealt with one', 'account waits', 'dealt with two']);
    expect(asked).toEqual([900_000, 900_000]);
    expect(JSON.stringify(memory.lines())).toContain('broken');
  });
});

describe('content', () => {
  it('is kept for as long as its tenant says in every channel, and what ended before is brought into line once', async () => {
    const tenant = { tenantId: 'default', intake: null, contentKeptMs: 5 };
    const did: string[] = [];
    const kept = new Set(['known']);
    const keep = createKeepContent({
      tenants: { list: async () => await Promise.resolve([tenant]) },
      registry: { list: () => [channel('known'), channel('made-later')] },
      ledger: {
        keepContent: async ({ id }, keptMs) => {
          did.push(`${id} keeps ${keptMs} ms`);
          return await Promise.resolve(kept.has(id) ? 'in_line' : 'behind');
        },
        keepOlder: async ({ id }) => await Promise.resolve(void kept.add(id)),
      },
      log: createMemoryLog().log,
    });
    await keep();
    await keep();
    expect([...kept]).toEqual(['known', 'made-later']);
    expect(did).toEqual(['known keeps 5 ms', 'made-later keeps 5 ms', 'known keeps 5 ms', 'made-later keeps 5 ms']);
  });
});
