import { createSilentLog, runApp } from '@posthorn/runtime';
import { onFreePorts, readFleetConfig, type FleetConfig } from '../config.ts';
import type { Keys } from '../keys-file.ts';
import { startFleet, type Fleet, type FleetOptions } from '../start-fleet.ts';

export interface TestFleetOptions extends Partial<
  Pick<FleetOptions, 'redisUrlOf' | 'timing' | 'demos' | 'env' | 'logOf'>
> {
  readonly redisUrl: string;
  readonly keys: Keys;
  /** Variables besides keys and ports. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What is not the same for all apps. */
  readonly change?: (config: FleetConfig) => FleetConfig;
}

/** Every app in this process, on free ports, and how to stop them. */
export async function startTestFleet(options: TestFleetOptions): Promise<{
  readonly fleet: Fleet;
  readonly stop: () => Promise<void>;
}> {
  const { keys, variables = {}, change = (config) => config, ...rest } = options;
  const config = readFleetConfig(
    {},
    {
      POSTHORN_SEALING_KEYS: keys.sealingKeys,
      POSTHORN_LOOKUP_KEY: keys.lookupKey,
      POSTHORN_OPS_PASSWORD: keys.opsPassword,
      ...onFreePorts,
      ...variables,
    },
  );
  const started = Promise.withResolvers<Fleet>();
  const running = runApp('fleet', { stopGraceMs: 60_000, log: createSilentLog(), handleSignals: false }, async (own) =>
    started.resolve(
      await startFleet(own, {
        env: {},
        logOf: createSilentLog,
        ...rest,
        config: change(config),
        secrets: keys.sandbox,
        apiKey: undefined,
      }),
    ),
  );
  await running.started;
  return { fleet: await started.promise, stop: running.stop };
}
