import { every, systemClock, type Log, type RedisClient, type Repeating } from '@posthorn/runtime';
import type { KeyRing } from '@posthorn/sealing';
import { faultsOfKeys } from './faults-of-keys.ts';
import { createKeyRegister } from './key-register.ts';

const everyMs = 60_000;

/**
 * Notes, now and each minute, which key this process seals with, and says in the log what its ring lacks: once for each fault. It stops
 * nothing: what can be opened goes on.
 */
export function watchKeys(deps: { readonly redis: RedisClient; readonly ring: KeyRing; readonly log: Log }): Repeating {
  const register = createKeyRegister({ ...deps, clock: systemClock });
  let told: ReadonlySet<string> = new Set();
  const look = async (): Promise<void> => {
    await register.note();
    const faults = faultsOfKeys(await register.read()).map(({ says, remedy }) => `${says}; ${remedy}`);
    for (const fault of faults) if (!told.has(fault)) deps.log.error(fault);
    told = new Set(faults);
  };
  const looking = every(everyMs, look, { log: deps.log, name: 'keys' });
  return {
    // Without waiting for a look under way: where Redis is away it would end with Redis' return.
    close: async () => {
      void looking.close();
      return await Promise.resolve();
    },
  };
}
