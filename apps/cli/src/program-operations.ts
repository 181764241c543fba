import type { Command } from 'commander';
import type { EraseOptions } from './commands/erase.ts';
import type { HeldActionOptions, HeldListOptions } from './commands/held.ts';
import type { PauseOptions } from './commands/pauses.ts';
import type { Terminal } from './terminal.ts';
import { toCount } from './whole-number.ts';

/** What ops do: pause and resume, and decide about held messages. */
export function registerOperations(program: Command, terminal: Terminal): void {
  registerPauses(program, terminal);
  registerHeld(program, terminal);
  registerErase(program, terminal);
}

function registerPauses(program: Command, terminal: Terminal): void {
  for (const what of ['pause', 'resume'] as const) {
    const command = program
      .command(what)
      .summary(what === 'pause' ? 'stop sending on one channel, or on many' : 'end such a pause; those of others stay')
      .description(
        what === 'pause'
          ? 'Stops sending, fleet-wide, until it is resumed by the same words. What is accepted waits, and expires at its time. Channels that are added later are paused too.'
          : 'Ends what was paused by the same words. Pauses of other owners stay: of an operator, a tenant, a provider, everything, and of refused credentials.',
      )
      .option('--channel <id>', 'one channel')
      .option('--provider <name>', 'all channels of a provider')
      .option('--tenant <id>', 'all channels of a tenant')
      .option('--all', 'everything', false)
      .option('--reason <text>', 'why, for those who ask; no personal data')
      .option('--by <name>', 'who does it (default: the user of this machine)')
      .option('--json', 'for machines', false);
    if (what === 'resume')
      command.option('--put-right', 'the credentials or the account of --channel are in order again', false);
    command.action(async (options: PauseOptions) => {
      const { pauseOrResume } = await import('./commands/pauses.ts');
      await pauseOrResume(terminal, what, options);
    });
  }
}

function registerHeld(program: Command, terminal: Terminal): void {
  const held = program
    .command('held')
    .summary('look at messages of which nobody knows whether they went out, and decide about them');
  held
    .command('ls')
    .summary('list held messages, those held longest first')
    .option('--channel <id>', 'only of this channel')
    .option('--limit <n>', 'so many at most', toCount, 50)
    .option('--json', 'for machines', false)
    .action(async (options: HeldListOptions) => {
      const { listHeld } = await import('./commands/held.ts');
      await listHeld(terminal, options);
    });
  for (const what of ['release', 'discard'] as const) {
    held
      .command(`${what} [ids...]`)
      .summary(what === 'release' ? 'send held messages again; they may arrive twice' : 'give held messages up')
      .description(
        what === 'release'
          ? 'Starts a new generation of each message, labelled as a possible duplicate. Exit code 1 if one could not be.'
          : 'Makes each a dead letter (outcome_unknown). Exit code 1 if one could not be.',
      )
      .option('--all-of <channel>', 'all that this channel holds, in place of ids')
      .option('--why <text>', 'why, for the timeline; no personal data')
      .option('--by <name>', 'who does it (default: the user of this machine)')
      .option('--json', 'for machines', false)
      .action(async (ids: string[], options: HeldActionOptions) => {
        const { endHeld } = await import('./commands/held.ts');
        await endHeld(terminal, what, ids, options);
      });
  }
}

function registerErase(program: Command, terminal: Terminal): void {
  program
    .command('erase <address>')
    .summary('erase a person: a phone number or a user id, of one tenant')
    .description(
      'Erases what is kept of a person, wherever it is (docs/operations/privacy.md). What waits for them is cancelled. It goes on by itself if\n' +
        'this command is ended. Look first: posthorn erase +15550001111 --dry-run',
    )
    .option('--tenant <id>', 'whose person it is', 'default')
    .option('--dry-run', 'only count', false)
    .option('--no-wait', 'do not wait for its end')
    .option('--by <name>', 'who does it, for the audit (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (address: string, options: EraseOptions) => {
      const { erase } = await import('./commands/erase.ts');
      await erase(terminal, address, options);
    });
}
