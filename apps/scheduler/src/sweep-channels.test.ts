import { describe, expect, it } from '@jest/globals';
import { channelInputSchema } from '@posthorn/channel';
import type { Channel } from '@posthorn/channel';
import { createMemoryLog } from '@posthorn/runtime';
import { createSweep } from './sweep-channels.ts';

const channel = (id: string): Channel => ({
  ...channelInputSchema.parse({ id, provider: 'whatsapp-cloud', settings: {} }),
  version: 1,
});

describe('a sweep', () => {
  it('goes on with the next channel when one fails, and counts what it put right', async () => {
    const memory = createMemoryLog();
    const repaired = new Map<string, number>();
    const asked: number[] = [];
    const sweep = createSweep({
      registry: { list: () => [channel('broken'), channel('whole')] },
      ledger: {
        sweep: async ({ id }, { heldGraceMs }) => {
          asked.push(heldGraceMs);
          if (id === 'broken') throw new Error('Redis is away');
          return await Promise.resolve({ readded: 2, expired: 1, passed: 0 });
        },
      },
      deadLetters: { sweep: async () => await Promise.resolve(3) },
      clock: { now: () => 0 },
      log: memory.log,
      idleMs: 1,
      repaired: (kind, count) => repaired.set(kind, count),
    });
    await sweep();
    expect(Object.fromEntries(repaired)).toEqual({ heads_without_job: 2, expired: 1, held_passed: 0, dead_letters: 3 });
    expect(asked).toEqual([900_000, 900_000]);
    expect(JSON.stringify(memory.lines())).toContain('broken');
  });
});
