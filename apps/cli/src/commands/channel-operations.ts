import { applyChannels, readChannelsFile } from '@posthorn/channel-admin';
import type { Channel } from '@posthorn/channel';
import type { Fault, Registration, Verdict } from '@posthorn/provider';
import { providers } from '@posthorn/providers';
import { byOf, publicUrlOf, withAdmin } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { channelOf } from '../fleet-access.ts';
import { readSettingsOptions, type SettingsOptions } from '../settings-options.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

interface Options {
  readonly by?: string;
  readonly json: boolean;
}

/** `posthorn channels verify`. */
export async function verifyChannel(terminal: Terminal, id: string, options: Options): Promise<void> {
  await withAdmin(terminal, async (parts) => {
    const verdict = await parts.admin.verify(channelOf(parts, id));
    if (options.json) json(terminal, { id, ...verdict });
    else terminal.out(sayVerdict(id, verdict));
    if (verdict.kind !== 'proven') terminal.setExitCode(1);
  });
}

/** `posthorn channels connect`. */
export async function connectChannel(
  terminal: Terminal,
  id: string,
  options: Options & { readonly publicUrl?: string },
): Promise<void> {
  await withAdmin(terminal, async (parts) => {
    const channel = channelOf(parts, id);
    const { registration } = await parts.admin.connect(
      channel,
      publicUrlOf(terminal, options.publicUrl),
      byOf(options),
    );
    if (options.json) json(terminal, { id, ...registration });
    else terminal.out(sayRegistration(id, registration));
    if (registration.kind !== 'registered' && registration.kind !== 'manual') terminal.setExitCode(1);
  });
}

/** `posthorn channels rotate`: with settings these, without any the secrets that are ours. */
export async function rotateChannel(
  terminal: Terminal,
  id: string,
  options: Options & SettingsOptions & { readonly connect: boolean; readonly publicUrl?: string },
): Promise<void> {
  const settings = await readSettingsOptions(terminal, options);
  await withAdmin(terminal, async (parts) => {
    const channel = channelOf(parts, id);
    const isOwn = Object.keys(settings).length === 0;
    const result = isOwn
      ? await parts.admin.rotate(channel, byOf(options))
      : await parts.admin.change(channel, { settings }, byOf(options));
    if (result.kind === 'invalid') throw refusal(result.faults);
    if (result.kind === 'none') {
      throw new CliError(
        `The provider of ${id} makes all secrets itself: give the new ones, like --set-env authToken=NAME_OF_A_VARIABLE.`,
      );
    }
    const registration = options.connect
      ? (await parts.admin.connect(result.channel, publicUrlOf(terminal, options.publicUrl), byOf(options)))
          .registration
      : null;
    if (options.json)
      json(terminal, { id, changed: result.changed, ...(registration !== null && { connected: registration }) });
    else {
      terminal.out(`${id}: ${result.changed.join(', ') || 'nothing'} changed.`);
      if (registration !== null) terminal.out(sayRegistration(id, registration));
      else if (isOwn)
        terminal.out(
          `Call "posthorn channels connect ${id}" now: the provider still has the former secret, which stays good until the next rotation.`,
        );
    }
    if (registration !== null && registration.kind !== 'registered' && registration.kind !== 'manual')
      terminal.setExitCode(1);
  });
}

/** `posthorn channels history`. */
export async function showHistory(
  terminal: Terminal,
  id: string | undefined,
  options: Options & { readonly limit: number },
): Promise<void> {
  await withAdmin(terminal, async ({ admin }) => {
    const entries = await admin.audit.list({ channelId: id, limit: options.limit });
    if (options.json) {
      json(
        terminal,
        entries.map(({ atMs, ...entry }) => ({ at: new Date(atMs).toISOString(), ...entry })),
      );
      return;
    }
    if (entries.length === 0) {
      terminal.err('No change is known. The newest 10,000 of a tenant are kept.');
      return;
    }
    const table = createTable(['at', 'by', 'action', 'channel', 'changed', 'result']);
    for (const { atMs, by, action, channelId, changed, result } of entries) {
      table.add([new Date(atMs).toISOString(), by, action, channelId ?? '', changed.join(', '), result]);
    }
    for (const line of table.lines()) terminal.out(line);
  });
}

/** `posthorn channels apply`: brings the installation to what a file says. */
export async function applyFile(
  terminal: Terminal,
  path: string,
  options: Options & { readonly dryRun: boolean },
): Promise<void> {
  const text = await terminal.readText(path).catch((error: unknown) => {
    throw new CliError(`${path} cannot be read.`, { cause: error });
  });
  const read = await readChannelsFile(providers, text, { env: terminal.env, readText: terminal.readText });
  if (read.kind === 'invalid') throw refusal(read.faults);
  await withAdmin(terminal, async ({ admin }) => {
    const result = await applyChannels(admin, read.file, byOf(options), options);
    if (result.kind === 'invalid') throw refusal(result.faults);
    if (options.json) json(terminal, result.channels);
    else {
      for (const { id, result: what, changed } of result.channels) {
        terminal.out(`${id}: ${what}${changed.length > 0 ? ` (${changed.join(', ')})` : ''}`);
      }
      if (options.dryRun) terminal.err('Nothing was changed: this was a dry run.');
    }
  });
}

/** Faults as lines. */
export function refusal(faults: readonly Fault[]): CliError {
  const lines = faults.map(({ pointer, detail }) => `  ${pointer === '' ? '/' : pointer}: ${detail}`);
  return new CliError(`It is not valid, and nothing was stored:\n${lines.join('\n')}`);
}

/** A verdict in words. */
export function sayVerdict(id: Channel['id'] | string, verdict: Verdict): string {
  switch (verdict.kind) {
    case 'proven':
      return `${id}: the provider takes its credentials${sayFacts(verdict.facts)}.`;
    case 'refused':
      return `${id}: the provider refuses its credentials (${sayProblem(verdict.problem)}). Store others: posthorn channels rotate ${id} --set-env …`;
    case 'unknown':
      return `${id}: the provider gave no answer that proves anything (${sayProblem(verdict.problem)}). Try again.`;
    default:
      return verdict satisfies never;
  }
}

/** What connecting said, in words. */
export function sayRegistration(id: Channel['id'] | string, registration: Registration): string {
  switch (registration.kind) {
    case 'registered':
      return `${id} is connected${sayFacts(registration.facts)}.`;
    case 'manual':
      return `${id}: ${registration.says}`;
    case 'refused':
      return `${id} is not connected: the provider refused ${registration.step} (${sayProblem(registration.problem)}).`;
    case 'unknown':
      return `${id} may not be connected: ${registration.step} got no clear answer (${sayProblem(registration.problem)}). Try again; it can be repeated.`;
    case 'unset':
      return `${id} cannot be connected yet: ${registration.pointer}: ${registration.detail}.`;
    default:
      return registration satisfies never;
  }
}

function sayFacts(facts: Readonly<Record<string, string>>): string {
  const words = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? '' : `: ${words.join(', ')}`;
}

function sayProblem({ code, title }: { readonly code: string; readonly title?: string | undefined }): string {
  return title === undefined ? code : `${code}: ${title}`;
}
