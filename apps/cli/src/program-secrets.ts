import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { RotateOptions } from './commands/rotate-secrets.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

/** `posthorn secrets generate` and `rotate`. */
export function registerSecrets(program: Command, terminal: Terminal): void {
  const secrets = program.command('secrets').summary('make keys, and seal what is stored with a new one');
  secrets
    .command('generate')
    .summary('make a key for POSTHORN_SEALING_KEYS, as id:base64')
    .option('--id <id>', 'its id: letters, digits, _ and -, 16 at most (default: made from the day)', toKeyId)
    .option('--lookup', 'a key for POSTHORN_LOOKUP_KEY instead', false)
    .option('--json', 'for machines', false)
    .action(async (options: { id?: string; lookup: boolean; json: boolean }) => {
      const { generateSecret } = await import('./commands/generate-secret.ts');
      generateSecret(terminal, options);
    });
  secrets
    .command('rotate')
    .summary('seal with the first key what former keys sealed, while the fleet runs')
    .description(
      'Walks all of Redis, and seals anew with the first key of POSTHORN_SEALING_KEYS what another of them sealed. Nothing that is written meanwhile\n' +
        'is lost; it can be ended, and run again, at any time. It tells which keys are still in use, and which may go. Every app must have the new\n' +
        'key first: docs/operations/secrets.md has the steps. Exit code 1 if something could not be opened or is left.',
    )
    .option('--dry-run', 'only count', false)
    .option(
      '--keys-per-second <n>',
      'look at so many keys of Redis each second, at most',
      wholeNumber(1, 1_000_000),
      5_000,
    )
    .option('--by <name>', 'who does it, for the audit (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (options: RotateOptions) => {
      const { rotateSecrets } = await import('./commands/rotate-secrets.ts');
      await rotateSecrets(terminal, options);
    });
}

function toKeyId(value: string): string {
  if (/^[A-Za-z0-9_-]{1,16}$/u.test(value)) return value;
  throw new InvalidArgumentError('Expected 1 to 16 letters, digits, _ and -.');
}
