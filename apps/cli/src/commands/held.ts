import type { Channel } from '@posthorn/channel';
import { createHeldAdmin, type HeldAdmin } from '@posthorn/channel-admin';
import { channelIdOf, messageIdSchema, type MessageId } from '@posthorn/message';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { channelOf, withFleet, type FleetParts } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';

export interface HeldListOptions {
  readonly channel?: string;
  readonly limit: number;
  readonly json: boolean;
}

export interface HeldActionOptions {
  /** All that this channel holds, in place of ids. */
  readonly allOf?: string;
  readonly why?: string;
  readonly by?: string;
  readonly json: boolean;
}

const mostAtOnce = 10_000;

/** `posthorn held ls`: those held longest first. */
export async function listHeld(terminal: Terminal, options: HeldListOptions): Promise<void> {
  const { total, rows } = await withFleet(terminal, async (parts) => {
    const channels = options.channel === undefined ? parts.registry.list() : [channelOf(parts, options.channel)];
    return await createHeldAdmin(parts).list(channels, options.limit);
  });
  const shown = rows.map(({ message, calledAt, blocks, lookUps }) => ({
    id: message.id,
    channelId: message.channelId,
    heldSince: iso(message.statusAt),
    calledAt: iso(calledAt),
    attempts: message.attempts,
    possibleDuplicate: message.possibleDuplicate,
    blocksItsConversation: blocks,
    lookUps,
  }));
  if (options.json) {
    json(terminal, { total, held: shown });
    return;
  }
  if (total === 0) {
    terminal.err('Nothing is held.');
    return;
  }
  const table = createTable(['held since', 'id', 'attempts', 'blocks', 'look-ups']);
  for (const { heldSince, id, attempts, blocksItsConversation, lookUps } of shown)
    table.add([heldSince, id, String(attempts), blocksItsConversation ? 'yes' : 'no', String(lookUps)]);
  for (const line of table.lines()) terminal.out(line);
  if (total > shown.length) terminal.err(`${shown.length} of ${total}; --limit shows more.`);
}

/** `posthorn held release` and `discard`: exit code 1 if one could not be. */
export async function endHeld(
  terminal: Terminal,
  what: 'release' | 'discard',
  given: readonly string[],
  options: HeldActionOptions,
): Promise<void> {
  const action = { by: byOf(options), why: options.why };
  const results = await withFleet(terminal, async (parts) => {
    const admin = createHeldAdmin(parts);
    const done = [];
    // One after another: messages of a conversation leave in the order in which they are released.
    for (const { channel, id } of await targetsOf(parts, admin, given, options))
      done.push({ id, ...(await admin[what](channel, id, action)) });
    return done;
  });
  if (options.json) json(terminal, results);
  else if (results.length === 0) terminal.err('Nothing is held.');
  else for (const { says } of results) terminal.out(`${says}.`);
  if (results.some(({ result }) => result !== 'released' && result !== 'discarded')) terminal.setExitCode(1);
}

async function targetsOf(
  parts: FleetParts,
  admin: HeldAdmin,
  given: readonly string[],
  { allOf }: HeldActionOptions,
): Promise<readonly { readonly channel: Channel; readonly id: MessageId }[]> {
  if ((allOf === undefined) === (given.length === 0)) {
    throw new CliError(
      'Expected ids of held messages, or --all-of <channel>; not both. "posthorn held ls" lists them.',
    );
  }
  if (allOf !== undefined) {
    const { rows } = await admin.list([channelOf(parts, allOf)], mostAtOnce);
    return rows.map(({ channel, message }) => ({ channel, id: message.id }));
  }
  return given.map((text) => {
    const id = messageIdSchema.safeParse(text);
    if (!id.success)
      throw new CliError(`"${text}" is no id of a message: expected one like msg_<channel>_<26 characters>.`);
    return { channel: channelOf(parts, channelIdOf(id.data)), id: id.data };
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
