import { z } from 'zod';
import { withApi } from '../api-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

export interface JsonOption {
  readonly json: boolean;
}

export interface AddOptions extends JsonOption {
  readonly name?: string;
  readonly type?: readonly string[];
  readonly channel?: readonly string[];
  readonly pace?: string;
}

export interface ReplayOptions extends JsonOption {
  readonly since?: string;
  readonly until?: string;
  readonly type?: readonly string[];
  readonly channel?: readonly string[];
  readonly limit?: string;
  readonly dryRun: boolean;
}

const shown = z.looseObject({
  id: z.string(),
  name: z.string().nullable(),
  url: z.string(),
  types: z.array(z.string()).nullable(),
  channels: z.array(z.string()).nullable(),
  state: z.string(),
  standing: z.object({ since: z.string(), reason: z.string() }).nullable(),
});
const withSecret = shown.extend({ secret: z.string() });
const detail = shown.extend({
  waiting: z.number(),
  behindOn: z.array(z.string()),
  retrying: z.number(),
  failingSince: z.string().nullable(),
  lastFailure: z.object({ at: z.string(), status: z.number().nullable(), reason: z.string().nullable() }).nullable(),
  lastDeliveredAt: z.string().nullable(),
});
const delivery = z.looseObject({
  at: z.string(),
  type: z.string(),
  attempt: z.number(),
  outcome: z.string(),
  status: z.number().nullable(),
  reason: z.string().nullable(),
  durationMs: z.number(),
  nextAt: z.string().nullable(),
  eventId: z.string(),
});
const letter = z.looseObject({ at: z.string(), type: z.string(), code: z.string(), id: z.string() });
const replayed = z.looseObject({
  matched: z.number(),
  replayed: z.number(),
  more: z.boolean(),
  next: z.string().nullable(),
  missing: z.array(z.string()),
});

const root = '/v1/subscriptions';
const pathOf = (id: string): string => `${root}/${encodeURIComponent(id)}`;

/** `posthorn subscriptions add`. */
export async function addSubscription(terminal: Terminal, url: string, options: AddOptions): Promise<void> {
  const { name, type, channel, pace } = options;
  const body = {
    url,
    ...(name !== undefined && { name }),
    ...(type !== undefined && { types: type }),
    ...(channel !== undefined && { channels: channel }),
    ...(pace !== undefined && { pacePerSecond: Number(pace) }),
  };
  const made = await withApi(terminal, async (api) => await api.call('POST', root, withSecret, body));
  if (options.json) return json(terminal, made);
  terminal.out(made.id);
  terminal.out(made.secret);
  return terminal.err(
    `Events go to it from now on. The secret is shown this once: it verifies their signatures. "posthorn subscriptions test ${made.id}" posts one.`,
  );
}

/** `posthorn subscriptions ls`. */
export async function listSubscriptions(terminal: Terminal, options: JsonOption): Promise<void> {
  const { subscriptions } = await withApi(
    terminal,
    async (api) => await api.call('GET', root, z.object({ subscriptions: z.array(shown) })),
  );
  if (options.json) return json(terminal, subscriptions);
  if (subscriptions.length === 0) return terminal.err('No subscriptions. "posthorn subscriptions add <url>" adds one.');
  const table = createTable(['id', 'name', 'state', 'types', 'channels', 'url']);
  for (const { id, name, state, types, channels, url } of subscriptions) {
    table.add([id, name ?? '', state, types?.join(' ') ?? 'all', channels?.join(' ') ?? 'all', url]);
  }
  for (const line of table.lines()) terminal.out(line);
}

/** `posthorn subscriptions show`: how it is doing. */
export async function showSubscription(terminal: Terminal, id: string, options: JsonOption): Promise<void> {
  const found = await withApi(terminal, async (api) => await api.call('GET', pathOf(id), detail));
  if (options.json) return json(terminal, found);
  const { out } = terminal;
  out(`${found.id} ${found.name ?? ''} → ${found.url}`);
  out(found.standing === null ? found.state : `${found.state} since ${found.standing.since}: ${found.standing.reason}`);
  out(
    `${found.waiting} wait, ${found.retrying} of them for another attempt; last delivered ${found.lastDeliveredAt ?? 'never'}`,
  );
  if (found.failingSince !== null)
    out(
      `deliveries fail since ${found.failingSince}, last with ${found.lastFailure?.status ?? found.lastFailure?.reason ?? 'no answer'}`,
    );
  if (found.behindOn.length > 0) out(`its backlog is full; more lies in the logs of ${found.behindOn.join(', ')}`);
}

/** `posthorn subscriptions rm`. */
export async function removeSubscription(terminal: Terminal, id: string, options: JsonOption): Promise<void> {
  await withApi(terminal, async (api) => await api.call('DELETE', pathOf(id), z.unknown()));
  if (options.json) return json(terminal, { id, result: 'removed' });
  return terminal.out(`${id} is removed.`);
}

/** `posthorn subscriptions pause | resume | test`. */
export async function actOnSubscription(
  terminal: Terminal,
  id: string,
  options: JsonOption & { readonly action: 'pause' | 'resume' | 'test' },
): Promise<void> {
  const { action } = options;
  const answer = await withApi(
    terminal,
    async (api) => await api.call('POST', `${pathOf(id)}/${action}`, z.looseObject({ state: z.string().optional() })),
  );
  if (options.json) return json(terminal, answer);
  if (action !== 'test') return terminal.out(`${id} is ${answer.state ?? action}.`);
  return terminal.out(`A test event is on its way. "posthorn subscriptions deliveries ${id}" shows what came of it.`);
}

/** `posthorn subscriptions rotate`. */
export async function rotateSubscription(
  terminal: Terminal,
  id: string,
  options: JsonOption & { readonly overlap: string },
): Promise<void> {
  const body = { overlapSeconds: Number(options.overlap) };
  const rotated = await withApi(
    terminal,
    async (api) => await api.call('POST', `${pathOf(id)}/rotate-secret`, withSecret, body),
  );
  if (options.json) return json(terminal, rotated);
  terminal.out(rotated.secret);
  return terminal.err(`The old secret signs too for ${options.overlap} s.`);
}

/** `posthorn subscriptions deliveries`. */
export async function listDeliveries(
  terminal: Terminal,
  id: string,
  options: JsonOption & { readonly limit: number },
): Promise<void> {
  const { deliveries } = await withApi(
    terminal,
    async (api) =>
      await api.call(
        'GET',
        `${pathOf(id)}/deliveries?limit=${options.limit}`,
        z.object({ deliveries: z.array(delivery) }),
      ),
  );
  if (options.json) return json(terminal, deliveries);
  const table = createTable(['at', 'type', 'attempt', 'outcome', 'answer', 'ms', 'again at', 'event']);
  for (const { at, type, attempt, outcome, status, reason, durationMs, nextAt, eventId } of deliveries) {
    table.add([
      at,
      type,
      String(attempt),
      outcome,
      String(status ?? reason),
      String(durationMs),
      nextAt ?? '',
      eventId,
    ]);
  }
  for (const line of table.lines()) terminal.out(line);
}

/** `posthorn subscriptions dead`: list, or with --replay deliver again. */
export async function deadEvents(
  terminal: Terminal,
  id: string,
  options: ReplayOptions & { readonly replay: boolean },
): Promise<void> {
  if (options.replay) return await replay(terminal, `${pathOf(id)}/dead-letters/replay`, options);
  const { deadLetters } = await withApi(
    terminal,
    async (api) => await api.call('GET', `${pathOf(id)}/dead-letters`, z.object({ deadLetters: z.array(letter) })),
  );
  if (options.json) return json(terminal, deadLetters);
  const table = createTable(['happened', 'type', 'code', 'id']);
  for (const { at, type, code, id: letterId } of deadLetters) table.add([at, type, code, letterId]);
  for (const line of table.lines()) terminal.out(line);
}

/** `posthorn subscriptions replay`: everything since a time. */
export async function replayEvents(terminal: Terminal, id: string, options: ReplayOptions): Promise<void> {
  await replay(terminal, `${pathOf(id)}/replay`, options);
}

async function replay(terminal: Terminal, path: string, options: ReplayOptions): Promise<void> {
  const { since, until, type, channel, limit, dryRun } = options;
  const body = {
    dryRun,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(type !== undefined && { types: type }),
    ...(channel !== undefined && { channels: channel }),
    ...(limit !== undefined && { limit: Number(limit) }),
  };
  const done = await withApi(terminal, async (api) => await api.call('POST', path, replayed, body));
  if (options.json) return json(terminal, done);
  terminal.out(dryRun ? `${done.matched} would be delivered again.` : `${done.replayed} are delivered again.`);
  if (done.more) terminal.err(`There are more${done.next === null ? '' : `: go on with --since ${done.next}`}.`);
  if (done.missing.length > 0) terminal.err(`The logs of ${done.missing.join(', ')} no longer reach back that far.`);
}
