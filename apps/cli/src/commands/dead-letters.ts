import { userInfo } from 'node:os';
import { providers } from '@posthorn/providers';
import type { DeadLetter } from '@posthorn/queue';
import { CliError } from '../cli-error.ts';
import { withFleet, type FleetParts } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';
import { timelineHead, timelineRow } from '../timeline-row.ts';

export interface ListOptions {
  readonly provider?: string;
  readonly channel?: string;
  readonly code?: string;
  readonly limit: number;
  readonly json: boolean;
}

const pageSize = 200;

/** `posthorn dlq ls`: newest first. */
export async function listDeadLetters(terminal: Terminal, options: ListOptions): Promise<void> {
  const ids = providers.map(({ id }) => id);
  const asked = options.provider === undefined ? ids : ids.filter((id) => id === options.provider);
  if (asked.length === 0) {
    throw new CliError(`There is no provider "${options.provider ?? ''}": expected one of ${ids.join(', ')}.`);
  }
  const found = await withFleet(terminal, async ({ deadLetters }) => {
    const letters: DeadLetter[] = [];
    for (const provider of asked) {
      for (let from = 0; letters.length < options.limit; from += pageSize) {
        const page = await deadLetters.list(provider, { from, count: pageSize });
        letters.push(...page.filter((letter) => fits(letter, options)));
        if (page.length < pageSize) break;
      }
    }
    return letters.toSorted((one, other) => other.diedAt - one.diedAt).slice(0, options.limit);
  });
  if (options.json) {
    json(terminal, found.map(shown));
    return;
  }
  if (found.length === 0) {
    terminal.err('No dead letters.');
    return;
  }
  const table = createTable(['died', 'id', 'code', 'what happened']);
  for (const { diedAt, id, code, says } of found) table.add([iso(diedAt), id, code, says]);
  for (const line of table.lines()) terminal.out(line);
}

function fits(letter: DeadLetter, { channel, code }: ListOptions): boolean {
  return (channel === undefined || letter.channelId === channel) && (code === undefined || letter.code === code);
}

/** `posthorn dlq show`: the reason, the provider's code and every attempt. */
export async function showDeadLetter(
  terminal: Terminal,
  id: string,
  options: { readonly json: boolean },
): Promise<void> {
  await withFleet(terminal, async (parts) => {
    const letter = await letterOf(parts, id);
    if (letter === null) throw new CliError(noLetter(id));
    const known = await parts.ledger.get({ id: letter.channelId, provider: letter.provider }, letter.messageId);
    const history = (known?.timeline ?? []).map(({ at, providerAt, ...entry }) => ({
      at: iso(at),
      ...entry,
      ...(providerAt !== undefined && { providerAt: iso(providerAt) }),
    }));
    const problem = history.findLast((entry) => entry.problem !== undefined)?.problem;
    if (options.json) {
      json(terminal, { ...shown(letter), problem: problem ?? null, status: known?.message.status ?? null, history });
      return;
    }
    const { out } = terminal;
    const { messageId, generation, channelId, provider, code, says, diedAt } = letter;
    out(letter.id);
    out(`${messageId}, generation ${generation}, on ${channelId} (${provider}), died ${iso(diedAt)}`);
    out(`${code}: ${says}`);
    if (problem !== undefined) {
      const words = [problem.title, problem.details].filter((part) => part !== undefined).join('; ');
      out(`${provider} said ${problem.code}${words === '' ? '' : `: ${words}`}`);
    }
    out('');
    if (known === null) {
      out('The ledger does not know the message any more, so there is no history and it cannot be replayed.');
      return;
    }
    const table = createTable(timelineHead);
    for (const entry of history) table.add(timelineRow(entry));
    for (const line of table.lines()) out(line);
  });
}

/** `posthorn dlq replay`: a new life for each. Exit code 1 if one could not be replayed. */
export async function replayDeadLetters(
  terminal: Terminal,
  ids: readonly string[],
  options: { readonly by?: string; readonly json: boolean },
): Promise<void> {
  const by = `cli:${options.by ?? userInfo().username}`;
  const results = await withFleet(terminal, async (parts) => {
    const done: { readonly id: string; readonly result: string; readonly says: string }[] = [];
    // One after another: messages of a conversation leave in the order of their replay.
    for (const id of ids) done.push({ id, ...(await replayOne(parts, id, by)) });
    return done;
  });
  if (options.json) json(terminal, results);
  else for (const { id, says } of results) terminal.out(`${id}: ${says}`);
  if (results.some(({ result }) => result !== 'replayed')) terminal.setExitCode(1);
}

async function replayOne(
  parts: FleetParts,
  id: string,
  by: string,
): Promise<{ readonly result: string; readonly says: string }> {
  const letter = await letterOf(parts, id);
  if (letter === null) return { result: 'unknown_letter', says: noLetter(id) };
  const { provider, channelId, messageId, generation } = letter;
  const { kind } = await parts.ledger.replay({ id: channelId, provider }, messageId, generation, by);
  switch (kind) {
    case 'replayed':
    // A replay whose second half was lost: only the letter was left.
    case 'repeat':
      await parts.deadLetters.remove(provider, letter.id);
      return { result: 'replayed', says: `${messageId} waits to be sent again, as generation ${generation + 1}` };
    case 'content_gone':
      return { result: kind, says: 'its content is not kept any more; send it anew as another message' };
    case 'not_failed':
      return { result: kind, says: 'the message is not failed any more, so there is nothing to replay' };
    case 'unknown':
      return { result: kind, says: 'the ledger does not know the message any more; send it anew' };
    default:
      return kind satisfies never;
  }
}

async function letterOf({ deadLetters }: FleetParts, id: string): Promise<DeadLetter | null> {
  for (const provider of providers) {
    const letter = await deadLetters.get(provider.id, id);
    if (letter !== null) return letter;
  }
  return null;
}

function noLetter(id: string): string {
  return `There is no dead letter "${id}" (any more). "posthorn dlq ls" lists those there are.`;
}

function shown({ diedAt, v: _version, ...letter }: DeadLetter) {
  return { ...letter, diedAt: iso(diedAt) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
