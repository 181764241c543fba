import { userInfo } from 'node:os';
import type { Channel } from '@posthorn/channel';
import { providers } from '@posthorn/providers';
import { measureDepth, sendQueue } from '@posthorn/queue';
import { systemClock } from '@posthorn/runtime';
import { putChannel, readChannel } from '@posthorn/channel-admin';
import { CliError } from '../cli-error.ts';
import { channelOf, withFleet, type FleetParts } from '../fleet-access.ts';
import { readJson } from '../read-json.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

/** `posthorn channels ls`. Settings are not shown: they hold credentials. */
export async function listChannels(terminal: Terminal, options: { readonly json: boolean }): Promise<void> {
  const rows = await withFleet(terminal, async (parts) =>
    Promise.all(parts.registry.list().map(async (channel) => await describe(parts, channel))),
  );
  if (options.json) {
    json(terminal, rows);
    return;
  }
  if (rows.length === 0) terminal.err('No channels. "posthorn channels put <file>" adds one.');
  const table = createTable(['id', 'provider', 'tenant', 'name', 'waiting', 'oldest', 'paused by']);
  for (const { id, provider, tenantId, name, waiting, oldestMs, paused } of rows) {
    const by = paused.map((entry) => `${entry.reason} (${entry.by})`).join(', ');
    table.add([id, provider, tenantId, name ?? '', String(waiting), `${Math.round(oldestMs / 1_000)} s`, by]);
  }
  if (rows.length > 0) for (const line of table.lines()) terminal.out(line);
}

async function describe({ queues, pauses }: FleetParts, channel: Channel) {
  const { settings: _secret, ...open } = channel;
  const { jobs, oldestMs } = await measureDepth(queues, sendQueue(channel), systemClock.now());
  const paused = await pauses.reasons(channel);
  return { ...open, waiting: jobs.waiting + jobs.delayed + jobs.active, oldestMs, paused };
}

/** `posthorn channels put`: adds or changes one; workers follow within a second. */
export async function putChannelFrom(
  terminal: Terminal,
  file: string,
  options: { readonly json: boolean },
): Promise<void> {
  const read = readChannel(providers, await readJson(terminal, file));
  if (read.kind === 'invalid') throw refusal(read.faults);
  const channel = await withFleet(terminal, async (parts) => {
    const result = await putChannel({ ...parts, providers }, read.input);
    if (result.kind === 'invalid') throw refusal(result.faults);
    return result.channel;
  });
  const { settings: _secret, ...open } = channel;
  if (options.json) json(terminal, open);
  else terminal.out(`${open.id} is stored, version ${open.version}. Its workers follow within a second.`);
}

function refusal(faults: readonly { readonly pointer: string; readonly detail: string }[]): CliError {
  const lines = faults.map(({ pointer, detail }) => `  ${pointer}: ${detail}`);
  return new CliError(`The channel is not valid, and nothing was stored:\n${lines.join('\n')}`);
}

/** `posthorn channels rm`: takes no more messages; goes away once none is left, or at once where that is wanted. */
export async function removeChannel(
  terminal: Terminal,
  id: string,
  options: { readonly force: boolean; readonly json: boolean },
): Promise<void> {
  await withFleet(terminal, async (parts) => {
    const channel = channelOf(parts, id);
    await parts.ledger.setState(channel, 'draining');
    const { waiting } = await describe(parts, channel);
    if (waiting > 0 && !options.force) {
      throw new CliError(
        `${channel.id} takes no more messages now, but some still wait in it (conversations: ${waiting}). Call again when they are out ` +
          '("posthorn channels ls"), or with --force to leave them unsent; "posthorn channels put" opens it again.',
      );
    }
    await parts.ledger.setState(channel, 'gone');
    await parts.registry.remove(channel.id);
    if (options.json) json(terminal, { id: channel.id, result: 'removed', unsent: waiting });
    else
      terminal.out(
        `${channel.id} is removed.${waiting > 0 ? ` What waited in it is left unsent (conversations: ${waiting}).` : ''}`,
      );
  });
}

/** `posthorn channels pause` and `resume`: the operator's own reason; others' pauses stay. */
export async function pauseChannel(
  terminal: Terminal,
  id: string,
  options: { readonly paused: boolean; readonly by?: string; readonly json: boolean },
): Promise<void> {
  await withFleet(terminal, async (parts) => {
    const channel = channelOf(parts, id);
    if (options.paused) await parts.pauses.pause(channel, 'operator', `cli:${options.by ?? userInfo().username}`);
    else await parts.pauses.resume(channel, 'operator');
    const reasons = await parts.pauses.reasons(channel);
    if (options.json) json(terminal, { id: channel.id, paused: reasons });
    else if (reasons.length === 0) terminal.out(`${channel.id} runs.`);
    else {
      const why = reasons.map(({ reason, by }) => `${reason} (${by})`).join(', ');
      terminal.out(`${channel.id} is paused: ${why}. What is accepted waits.`);
    }
  });
}
