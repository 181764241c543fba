import type { KeepingLedger } from './keeping.ts';
import { words } from './reply.ts';
import type { RunScript } from './scripts.ts';

const pageMost = 500;

/** See `keeping.ts` for what each method promises. */
export function createKeepingLedger(run: RunScript): KeepingLedger {
  return {
    keepContent: async (channel, keptMs) => ((await run('keep', channel, [keptMs ?? ''])) === 1 ? 'behind' : 'in_line'),

    keepOlder: async (channel) => {
      let [ulid = '', position = '', end = '']: readonly string[] = [];
      while (end !== '1') {
        [ulid = '', position = '', end = '1'] = words.parse(
          await run('keep-older', channel, [ulid, position, pageMost]),
        );
      }
    },

    told: async (channel, { position, type, ulid }, who, all) => {
      const received = type === 'message.received' ? (ulid ?? '') : '';
      await run('told', channel, [position, received, who, ...all]);
    },
  };
}
