import { createAccess, createTenants, type Access, type Tenants } from '@posthorn/access';
import { createChannelRegistry, type Channel, type ChannelRegistry } from '@posthorn/channel';
import { createLedger, type Ledger } from '@posthorn/ledger';
import { channelIdSchema } from '@posthorn/message';
import {
  addJobLua,
  createDeadLetters,
  createPauses,
  createQueues,
  sendQueue,
  type DeadLetters,
  type Pauses,
  type Queues,
} from '@posthorn/queue';
import { checkRedis, closeRedis, connectRedis, createLog, systemClock } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
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
  readonly access: Access;
  readonly tenants: Tenants;
  readonly registry: ChannelRegistry;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly deadLetters: DeadLetters;
  readonly pauses: Pauses;
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
    return await use({
      access: createAccess({ redis, clock: systemClock }),
      tenants: createTenants({ redis }),
      registry: await createChannelRegistry({ redis, sealer, log, followMs: 0 }),
      ledger: createLedger({
        redis,
        sealer,
        addJobLua: addJobLua(),
        sendQueueKeys: (channel) => sendQueue(channel).keyPrefix,
      }),
      queues,
      deadLetters: createDeadLetters({ queues, clock: systemClock }),
      pauses: createPauses({ redis, queues, clock: systemClock }),
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

function placeOfRedis({ env }: Terminal) {
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
