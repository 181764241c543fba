import { startPrivateRedis } from '@posthorn/private-redis';
import { createHttp, createLog, runApp, type Own } from '@posthorn/runtime';
import { createApiClient } from '../api-client.ts';
import { onFreePorts, readFleetConfig } from '../config.ts';
import { demoMessages } from '../demo-messages.ts';
import { allDemos } from '../demo-providers.ts';
import { receiveOne, sendAll, type Inbound, type Outcome } from '../demo-run.ts';
import { homeOf, makeHome } from '../home.ts';
import { newKeys, type Keys } from '../keys-file.ts';
import { startFleet, type Fleet } from '../start-fleet.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';
import { toTerminalLine } from '../terminal-log.ts';

const stopGraceMs = 15_000;
/** A person's phone, shortened: long enough to see the order of things. */
const timing = { sentMs: 150, deliveredMs: 250, readMs: 250, playedMs: 150 } as const;

/** `posthorn demo`: a fleet of its own, by each provider (and each of its APIs) one message of every kind it can do, what became of each; then everything is gone again. */
export async function demo(terminal: Terminal, options: { readonly json: boolean }): Promise<void> {
  const { err } = terminal;
  const startedAt = performance.now();
  const show = (line: string): void => {
    const shown = toTerminalLine(line, { verbose: false });
    if (shown !== null) err(shown);
  };
  const quiet = createLog({ app: 'demo', level: 'silent' });
  let isInterrupted = false;
  const running = runApp('demo', { stopGraceMs, log: quiet, handleSignals: false }, async (own) => {
    const keys = newKeys();
    const fleet = await startDemoFleet(own, terminal, keys, show);
    const client = own(createHttp({ timeoutMs: 30_000 }), async (open) => await open.close(), 'client');
    const api = createApiClient({ url: fleet.urls.api, key: fleet.apiKey, http: client.http });
    err(`The fleet is up after ${seconds(startedAt)} s. Sending …`);
    const runs = await Promise.all(
      allDemos.map(async (one) => ({ demo: one, inbound: await receiveOne(one, fleet.sandbox, api) })),
    );
    const inbound = runs.map((run) => run.inbound);
    const tasks = runs.flatMap(({ demo: one, inbound: { id } }) => {
      const settings = one.settings(keys.sandbox, { sandboxUrl: fleet.urls.sandbox, apiUrl: fleet.urls.api });
      return demoMessages(one.provider, settings, id, one.voiceEnds).map((message) => ({ demo: one, message }));
    });
    const outcomes = await sendAll(api, tasks, () => isInterrupted);
    const faults = outcomes.filter(({ fault }) => fault !== null);
    if (options.json) json(terminal, { inbound, outcomes });
    else tell(terminal, inbound, outcomes);
    for (const { channelId, kind, fault } of faults) err(`${channelId}, ${kind}: ${fault}`);
    if (!options.json) {
      const went = outcomes.length - faults.length;
      terminal.out(
        `${went} of ${outcomes.length} messages went as they should, in ${seconds(startedAt)} s with the start.`,
      );
    }
    if (faults.length > 0) terminal.setExitCode(1);
  });
  const unlisten = terminal.onStop(() => {
    if (isInterrupted) terminal.exit(130);
    isInterrupted = true;
    terminal.setExitCode(130);
    err('Stopping …');
  });
  try {
    await running.started;
    await running.stop();
  } finally {
    unlisten();
  }
}

/** Free ports, a Redis that keeps nothing, keys that are thrown away: it touches nothing that is there. */
async function startDemoFleet(own: Own, terminal: Terminal, keys: Keys, show: (line: string) => void): Promise<Fleet> {
  const config = readFleetConfig(terminal.env, {
    POSTHORN_SEALING_KEYS: keys.sealingKeys,
    POSTHORN_LOOKUP_KEY: keys.lookupKey,
    POSTHORN_OPS_PASSWORD: keys.opsPassword,
    POSTHORN_SANDBOX_SEED: '',
    ...onFreePorts,
    REDIS_URL: '',
  });
  const home = homeOf(terminal.env);
  makeHome(home);
  const redis = own(
    await startPrivateRedis({ dir: home.dir, persistent: false, log: terminal.err }),
    async (server) => await server.stop(),
    'Redis',
  );
  return await startFleet(own, {
    redisUrl: redis.url,
    config,
    secrets: keys.sandbox,
    apiKey: undefined,
    timing,
    demos: allDemos,
    env: terminal.env,
    logOf: (app) => createLog({ app, level: 'warn', destination: { write: show } }),
  });
}

const statuses = ['submitted', 'sent', 'delivered', 'read', 'played'] as const;

function tell({ out }: Terminal, inbound: readonly Inbound[], outcomes: readonly Outcome[]): void {
  for (const { provider, channelId, title = provider.title } of allDemos) {
    out(`${title}:`);
    const table = createTable(['message', 'id', 'provider id', ...statuses]);
    for (const { kind, messageId, providerId, afterMs, fault } of outcomes.filter(
      (one) => one.channelId === channelId,
    )) {
      const at = (status: string): string => (afterMs[status] === undefined ? '' : `+${afterMs[status]} ms`);
      table.add([fault === null ? kind : `✗ ${kind}`, short(messageId), short(providerId), ...statuses.map(at)]);
    }
    for (const line of table.lines()) out(line);
    for (const { id, text, afterMs } of inbound.filter((one) => one.channelId === channelId)) {
      out(`received: "${text}" as ${id}, seen in the channel's events after ${afterMs} ms`);
    }
    out('');
  }
}

function short(id: string | null): string {
  return id === null ? '' : `…${id.replace(/=+$/u, '').slice(-8)}`;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}
