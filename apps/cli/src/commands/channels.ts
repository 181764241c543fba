import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from '@posthorn/channel';
import { providers } from '@posthorn/providers';
import { createWorkerBeats, measureDepth, sendQueue } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import { readChannel, type RemovalState } from '@posthorn/channel-admin';
import { byOf, withAdmin } from '../admin-access.ts';
import { channelOf, withFleet, type FleetParts } from '../fleet-access.ts';
import { readJson } from '../read-json.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';
import { refusal } from './channel-operations.ts';

/** `posthorn channels ls`. Settings are not shown: they hold credentials. */
export async function listChannels(terminal: Terminal, options: { readonly json: boolean }): Promise<void> {
  const rows = await withFleet(terminal, async (parts) =>
    Promise.all(parts.registry.list().map(async (channel) => await describe(parts, channel))),
  );
  if (options.json) {
    json(terminal, rows);
    return;
  }
  if (rows.length === 0) terminal.err('No channels. "posthorn channels add" adds one.');
  const table = createTable(['id', 'provider', 'tenant', 'name', 'waiting', 'oldest', 'workers', 'paused by']);
  for (const { id, provider, tenantId, name, waiting, oldestMs, workers, paused } of rows) {
    const by = paused.map((entry) => `${entry.reason} (${entry.by})`).join(', ');
    table.add([
      id,
      provider,
      tenantId,
      name ?? '',
      String(waiting),
      `${Math.round(oldestMs / 1_000)} s`,
      String(workers.running),
      by,
    ]);
  }
  if (rows.length > 0) for (const line of table.lines()) terminal.out(line);
}

/** `posthorn channels show`: one channel, and which processes serve it. */
export async function showChannel(terminal: Terminal, id: string, options: { readonly json: boolean }): Promise<void> {
  const shown = await withFleet(terminal, async (parts) => await describe(parts, channelOf(parts, id)));
  if (options.json) {
    json(terminal, shown);
    return;
  }
  const { workers, paused } = shown;
  const lastSeen = workers.lastSeen === null ? '' : `, the last one at ${new Date(workers.lastSeen).toISOString()}`;
  const table = createTable([]);
  table.add(['id', shown.id]);
  table.add(['provider', shown.provider]);
  table.add(['tenant', shown.tenantId]);
  table.add(['name', shown.name ?? '']);
  table.add(['version', String(shown.version)]);
  table.add(['waiting', String(shown.waiting)]);
  table.add(['oldest', `${Math.round(shown.oldestMs / 1_000)} s`]);
  table.add(['paused by', paused.map(({ reason, by }) => `${reason} (${by})`).join(', ')]);
  table.add(['served by', workers.running === 0 ? `nobody${lastSeen}` : workers.names.join('\n')]);
  for (const line of table.lines()) terminal.out(line);
}

async function describe({ redis, queues, pauses }: FleetParts, channel: Channel) {
  const { settings: _secret, ...open } = channel;
  const { jobs, oldestMs } = await measureDepth(queues, sendQueue(channel), systemClock.now());
  const paused = await pauses.reasons(channel);
  const workers = await createWorkerBeats({ redis, now: systemClock.now }).of(channel.id);
  return { ...open, workers, waiting: jobs.waiting + jobs.delayed + jobs.active, oldestMs, paused };
}

/** `posthorn channels put`: adds or changes one; workers follow within a second. */
export async function putChannelFrom(
  terminal: Terminal,
  file: string,
  options: { readonly by?: string; readonly json: boolean },
): Promise<void> {
  const read = readChannel(providers, await readJson(terminal, file));
  if (read.kind === 'invalid') throw refusal(read.faults);
  const channel = await withAdmin(terminal, async ({ admin }) => {
    const result = await admin.put(read.input, byOf(options));
    if (result.kind === 'invalid') throw refusal(result.faults);
    return result.channel;
  });
  const { settings: _secret, ...open } = channel;
  if (options.json) json(terminal, open);
  else terminal.out(`${open.id} is stored, version ${open.version}. Its workers follow within a second.`);
}

/** Workers close within a second or two of hearing of it; a scheduler goes on with what takes longer. */
const closingTriesMost = 100;
const closingEveryMs = 100;

/** `posthorn channels rm`: takes no more messages from now on, and goes away by itself once none is left. */
export async function removeChannel(
  terminal: Terminal,
  id: string,
  options: { readonly deadLetter: boolean; readonly by?: string; readonly json: boolean },
): Promise<void> {
  await withAdmin(terminal, async (parts) => {
    const { admin } = parts;
    const channel = channelOf(parts, id);
    await admin.remove(channel, options.deadLetter ? 'dead-letter' : 'wait', byOf(options));
    let state = await admin.removals.advance(channel.id);
    for (let tries = 0; state?.kind === 'closing' && tries < closingTriesMost; tries += 1) {
      await delay(closingEveryMs);
      state = await admin.removals.advance(channel.id);
    }
    // Null: a scheduler was faster.
    const reached = state ?? { kind: 'gone' as const };
    if (options.json) json(terminal, { id: channel.id, ...reached });
    else terminal.out(sayRemoval(channel.id, reached));
  });
}

function sayRemoval(id: string, state: RemovalState): string {
  switch (state.kind) {
    case 'gone':
      return `${id} is removed.`;
    case 'closing':
      return `${id} takes no more messages and is out of the registry; workers (${state.workers}) still have it open. The scheduler removes it when they have closed.`;
    case 'draining':
      return (
        `${id} takes no more messages now, but some still wait in it (conversations: ${state.conversations}). The scheduler removes it when they are out. ` +
        '"posthorn channels rm --dead-letter" gives them up at once; "posthorn channels put" opens it again.'
      );
    default:
      return state satisfies never;
  }
}

/** `posthorn channels pause` and `resume`: the operator's own reason; others' pauses stay. */
export async function pauseChannel(
  terminal: Terminal,
  id: string,
  options: { readonly paused: boolean; readonly by?: string; readonly json: boolean },
): Promise<void> {
  await withAdmin(terminal, async (parts) => {
    const channel = channelOf(parts, id);
    const reasons = await parts.admin[options.paused ? 'pause' : 'resume'](channel, byOf(options));
    if (options.json) json(terminal, { id: channel.id, paused: reasons });
    else if (reasons.length === 0) terminal.out(`${channel.id} runs.`);
    else {
      const why = reasons.map(({ reason, by }) => `${reason} (${by})`).join(', ');
      terminal.out(`${channel.id} is paused: ${why}. What is accepted waits.`);
    }
  });
}
