import { randomBytes } from 'node:crypto';
import { createAccess, createTenants, type Access, type Tenants } from '@posthorn/access';
import { createChannelRegistry, type Channel, type ChannelRegistry } from '@posthorn/channel';
import { createAudit, type Audit } from '@posthorn/channel-admin';
import { createLedger, type Ledger } from '@posthorn/ledger';
import { channelIdSchema } from '@posthorn/message';
import { createOnboardingPlace, onboardingVariables, providers } from '@posthorn/providers';
import {
  createDeadLetters,
  createPauses,
  createQueues,
  sendJobScript,
  type DeadLetters,
  type Pauses,
  type Queues,
} from '@posthorn/queue';
import { checkRedis, closeRedis, connectRedis, createLog, systemClock, type RedisClient } from '@posthorn/runtime';
import { createSealer, parseKeyRing, type Sealer } from '@posthorn/sealing';
import { createOnboardings, type Onboardings } from '@posthorn/worker';
import { ulid } from 'ulid';
import { z } from 'zod';
import { CliError } from './cli-error.ts';
import { homeOf } from './home.ts';
import { readKeys } from './keys-file.ts';
import { readRun } from './run-file.ts';
import { toTerminalLine } from './terminal-log.ts';
import type { Terminal } from './terminal.ts';

const howToReachRedis =
  'Start one here with "npx posthorn up", run this in its folder (or set POSTHORN_HOME to its .posthorn), or set REDIS_URL, POSTHORN_SEALING_KEYS and POSTHORN_LOOKUP_KEY.';

/** What commands on Redis work with. */
export interface FleetParts {
  readonly redis: RedisClient;
  readonly access: Access;
  readonly tenants: Tenants;
  readonly registry: ChannelRegistry;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly deadLetters: DeadLetters;
  readonly pauses: Pauses;
  readonly audit: Audit;
  readonly onboardings: Onboardings;
  readonly sealer: Sealer;
}

/** Opens the fleet's Redis (of the environment, else of the `posthorn up` in this folder), and closes it afterwards. */
export async function withFleet<Result>(
  terminal: Terminal,
  use: (parts: FleetParts) => Promise<Result>,
): Promise<Result> {
  const { redisUrl, sealingKeys, lookupKey } = placeOfRedis(terminal);
  const sealer = createSealer(parseKeyRing(sealingKeys, lookupKey));
  const redis = connectRedis({ url: redisUrl, role: 'admin', name: 'posthorn-cli' });
  const queues = createQueues(redis);
  try {
    const fit = await checkRedis(redis);
    if (fit.kind === 'unsuitable') throw new CliError(fit.says);
    const warn = (line: string): void => {
      const shown = toTerminalLine(line, { verbose: false });
      if (shown !== null) terminal.err(shown);
    };
    const log = createLog({ app: 'cli', level: 'warn', destination: { write: warn } });
    const registry = await createChannelRegistry({ redis, sealer, log, followMs: 0 });
    return await use({
      redis,
      sealer,
      access: createAccess({ redis, clock: systemClock }),
      tenants: createTenants({ redis }),
      registry,
      ledger: createLedger({
        redis,
        sealer,
        ...sendJobScript(),
      }),
      queues,
      deadLetters: createDeadLetters({ queues, clock: systemClock }),
      pauses: createPauses({ redis, queues, clock: systemClock }),
      audit: createAudit({ redis }),
      onboardings: createOnboardings({
        redis,
        sealer,
        registry,
        providers,
        clock: systemClock,
        newUlid: () => ulid(),
        placeOf: placeOfOnboardings(terminal),
      }),
    });
  } finally {
    await queues.close();
    await closeRedis(redis);
  }
}

/** The channel of that id. */
export function channelOf({ registry }: FleetParts, id: string): Channel {
  const known = channelIdSchema.safeParse(id);
  const channel = known.success ? registry.get(known.data) : null;
  if (channel !== null) return channel;
  throw new CliError(`There is no channel "${id}". "posthorn channels ls" lists those there are.`);
}

/** What onboardings need not be given: from the environment, or of the `posthorn up` in this folder, whose provider is the sandbox. */
function placeOfOnboardings({ env }: Terminal): ReturnType<typeof createOnboardingPlace> {
  const urls = readRun(homeOf(env), process.pid)?.fleet?.urls;
  const given = z.object(onboardingVariables).safeParse({
    POSTHORN_META_URL: urls?.sandbox,
    POSTHORN_PUBLIC_URL: urls?.api,
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== '')),
  });
  if (given.success) return createOnboardingPlace(given.data, () => randomBytes(24).toString('base64url'));
  const lines = given.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new CliError(`The environment is not valid:\n${lines.join('\n')}`);
}

/** Where the fleet is, and its keys. Throws a `CliError` that says what is lacking. */
export function placeOfRedis({ env }: Terminal) {
  const home = homeOf(env);
  const kept = readKeys(home);
  const redisUrl = env['REDIS_URL'] || readRun(home, process.pid)?.fleet?.redisUrl;
  const sealingKeys = env['POSTHORN_SEALING_KEYS'] || kept?.sealingKeys;
  const lookupKey = env['POSTHORN_LOOKUP_KEY'] || kept?.lookupKey;
  if (redisUrl === undefined) throw new CliError(`No fleet was found: none runs in ${home.dir}. ${howToReachRedis}`);
  if (sealingKeys === undefined || lookupKey === undefined) {
    throw new CliError(
      `The keys of the fleet at REDIS_URL are not known: ${home.keysFile} is not there. ${howToReachRedis}`,
    );
  }
  return { redisUrl, sealingKeys, lookupKey };
}
