import { setTimeout as delay } from 'node:timers/promises';
import { startPrivateRedis } from '@posthorn/private-redis';
import { createHttp, createLog, runApp, type Own } from '@posthorn/runtime';
import { createApiClient, type ApiClient, type ShownMessage } from '../api-client.ts';
import { readFleetConfig } from '../config.ts';
import { demoChannelId, demoPhoneNumberId } from '../demo-channel.ts';
import { demoMessages, type DemoMessage } from '../demo-messages.ts';
import { homeOf, makeHome } from '../home.ts';
import { newKeys } from '../keys-file.ts';
import { startFleet, type Fleet } from '../start-fleet.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';
import { toTerminalLine } from '../terminal-log.ts';

/** From the first message to the last status; usually it takes about a second. */
const deadlineMs = 20_000;
const pollMs = 50;
const stopGraceMs = 15_000;
/** A person's phone, shortened: long enough to see the order of things. */
const timing = { sentMs: 150, deliveredMs: 250, readMs: 250, playedMs: 150 } as const;

interface Outcome {
  readonly kind: string;
  readonly messageId: string | null;
  readonly providerId: string | null;
  /** Milliseconds after accept. */
  readonly afterMs: Readonly<Record<string, number>>;
  /** Null: it went as it should. */
  readonly fault: string | null;
}

interface Inbound {
  readonly id: string;
  readonly text: string;
  readonly afterMs: number;
}

/** `posthorn demo`: a fleet of its own, one message of every kind, what became of each; then everything is gone again. */
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
    const fleet = await startDemoFleet(own, terminal, show);
    const client = own(createHttp({ timeoutMs: 5_000 }), async (open) => await open.close(), 'client');
    const api = createApiClient({ url: fleet.urls.api, key: fleet.apiKey, http: client.http });
    err(`The fleet is up after ${seconds(startedAt)} s. Sending …`);
    const inbound = await receiveOne(fleet, api);
    const outcomes = await sendAll(api, demoMessages(inbound.id), () => isInterrupted);
    const faults = outcomes.filter(({ fault }) => fault !== null);
    if (options.json) json(terminal, { inbound, outcomes });
    else tell(terminal, inbound, outcomes);
    for (const { kind, fault } of faults) err(`${kind}: ${fault}`);
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
async function startDemoFleet(own: Own, terminal: Terminal, show: (line: string) => void): Promise<Fleet> {
  const keys = newKeys();
  const config = readFleetConfig(terminal.env, {
    POSTHORN_SEALING_KEYS: keys.sealingKeys,
    POSTHORN_LOOKUP_KEY: keys.lookupKey,
    POSTHORN_OPS_PASSWORD: keys.opsPassword,
    POSTHORN_SANDBOX_SEED: '',
    ...Object.fromEntries(
      ['INGRESS', 'WORKER', 'SCHEDULER', 'OPS', 'SANDBOX'].flatMap((app) => [
        [`POSTHORN_${app}_PORT`, '0'],
        [`POSTHORN_${app}_HOST`, '127.0.0.1'],
      ]),
    ),
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
    env: terminal.env,
    logOf: (app) => createLog({ app, level: 'warn', destination: { write: show } }),
  });
}

/** A person writes: through the webhook into the queue, understood by the worker, seen in the channel's events. */
async function receiveOne(fleet: Fleet, api: ApiClient): Promise<Inbound> {
  const text = 'Where is my parcel?';
  const startedAt = performance.now();
  const written = fleet.sandbox.control.whatsappCloud.inbound({
    phoneNumberId: demoPhoneNumberId,
    from: '15550002222',
    text,
  });
  while (performance.now() - startedAt < deadlineMs) {
    // oxlint-disable-next-line no-await-in-loop
    const events = await api.events(demoChannelId);
    const seen = events.find(({ message }) => message !== null && message.externalId === written?.messageId)?.message;
    if (seen) {
      return { id: seen.id, text: seen.content.text ?? '', afterMs: Math.round(performance.now() - startedAt) };
    }
    // oxlint-disable-next-line no-await-in-loop
    await delay(pollMs / 5);
  }
  throw new Error(
    `the inbound message did not appear in the events of ${demoChannelId} within ${deadlineMs / 1_000} s; look at what the worker warned of above`,
  );
}

async function sendAll(
  api: ApiClient,
  messages: readonly DemoMessage[],
  isInterrupted: () => boolean,
): Promise<readonly Outcome[]> {
  const until = performance.now() + deadlineMs;
  const sent = await Promise.all(
    messages.map(async (message, index) => {
      const { content, replyTo } = message;
      // A recipient each: within one conversation they would wait for each other.
      const to = `+1555001${String(index).padStart(4, '0')}`;
      try {
        return { message, id: (await api.send({ channelId: demoChannelId, to, content, replyTo })).id };
      } catch (error) {
        return { message, refused: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  const outcomes = new Map<DemoMessage, Outcome>();
  while (outcomes.size < sent.length) {
    const isLate = performance.now() > until || isInterrupted();
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(
      sent
        .filter(({ message }) => !outcomes.has(message))
        .map(async ({ message, id, refused }) => {
          if (id === undefined) {
            outcomes.set(message, {
              kind: message.kind,
              messageId: null,
              providerId: null,
              afterMs: {},
              fault: refused,
            });
            return;
          }
          const shown = await api.message(id);
          const outcome = toOutcome(message, shown);
          if (outcome !== null) outcomes.set(message, outcome);
          else if (isLate)
            outcomes.set(message, describe(message, shown, `still ${shown.status}, not ${message.ends}`));
        }),
    );
    // oxlint-disable-next-line no-await-in-loop
    if (outcomes.size < sent.length) await delay(pollMs);
  }
  return messages.flatMap((message) => outcomes.get(message) ?? []);
}

/** Null: not over yet. */
function toOutcome(message: DemoMessage, shown: ShownMessage): Outcome | null {
  if (shown.status === message.ends) return describe(message, shown, null);
  if (shown.failure === null && shown.status !== 'held') return null;
  const { failure } = shown;
  const code = failure?.problem?.code;
  const why =
    failure === null
      ? 'held'
      : `${failure.code}: ${failure.says}${code === undefined ? '' : ` (provider code ${code})`}`;
  return describe(message, shown, why);
}

function describe({ kind }: DemoMessage, shown: ShownMessage, fault: string | null): Outcome {
  const acceptedAt = Date.parse(shown.acceptedAt);
  const afterMs: Record<string, number> = {};
  for (const { what, status, at } of shown.timeline) {
    if (status !== undefined && (what === 'attempt' || what === 'status'))
      afterMs[status] ??= Date.parse(at) - acceptedAt;
  }
  return { kind, messageId: shown.id, providerId: shown.provider.id, afterMs, fault };
}

function tell({ out }: Terminal, inbound: Inbound, outcomes: readonly Outcome[]): void {
  const table = createTable(['message', 'id', 'provider id', 'submitted', 'sent', 'delivered', 'read', 'played']);
  for (const { kind, messageId, providerId, afterMs, fault } of outcomes) {
    const at = (status: string): string => (afterMs[status] === undefined ? '' : `+${afterMs[status]} ms`);
    table.add([
      fault === null ? kind : `✗ ${kind}`,
      short(messageId),
      short(providerId),
      ...['submitted', 'sent', 'delivered', 'read', 'played'].map(at),
    ]);
  }
  for (const line of table.lines()) out(line);
  out('');
  out(`received: "${inbound.text}" as ${inbound.id}, seen in the channel's events after ${inbound.afterMs} ms`);
}

function short(id: string | null): string {
  return id === null ? '' : `…${id.replace(/=+$/u, '').slice(-8)}`;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}
