import type { Command } from 'commander';
import type { CreateOptions } from './commands/api-keys.ts';
import type { ListOptions } from './commands/dead-letters.ts';
import type { SendOptions } from './commands/messages.ts';
import type { RecoverOptions } from './commands/recover.ts';
import type { SetOptions } from './commands/tenants.ts';
import { registerDoctor } from './program-doctor.ts';
import { registerOnboarding } from './program-onboard.ts';
import { registerSubscriptions } from './program-subscriptions.ts';
import { registerOperations } from './program-operations.ts';
import { registerChannels } from './program-channels.ts';
import { registerSecrets } from './program-secrets.ts';
import { registerAudit, registerReplays } from './program-replays.ts';
import type { Terminal } from './terminal.ts';
import { toCount } from './whole-number.ts';

interface JsonOption {
  readonly json: boolean;
}

/** The commands that talk to a fleet that runs. */
export function registerFleetCommands(program: Command, terminal: Terminal): void {
  registerMessages(program, terminal);
  registerDeadLetters(program, terminal);
  registerRecover(program, terminal);
  registerAudit(program, terminal);
  registerOperations(program, terminal);
  registerChannels(program, terminal);
  registerApiKeys(program, terminal);
  registerOnboarding(program, terminal);
  registerSubscriptions(program, terminal);
  registerTenants(program, terminal);
  registerSecrets(program, terminal);
  registerDoctor(program, terminal);
  program.addHelpText(
    'after',
    '\nsend, trace, why, listen and subscriptions call the message API: of POSTHORN_URL with POSTHORN_API_KEY, or of the "posthorn up" in this folder.\n' +
      'dlq, held, pause, resume, recover, audit, erase, channels, keys, tenants, secrets and onboard work on Redis: that of REDIS_URL with POSTHORN_SEALING_KEYS and POSTHORN_LOOKUP_KEY, or of the\n' +
      '"posthorn up" in this folder.',
  );
}

function registerMessages(program: Command, terminal: Terminal): void {
  program
    .command('send')
    .summary('send a message')
    .description(
      'Sends a text, or with --body a request as POST /v1/messages takes it. Prints the id of the message.\n' +
        'Example: posthorn send --channel demo-whatsapp-cloud --to +15550001111 --text "Hello"',
    )
    .option('--channel <id>', 'the channel that sends')
    .option('--to <number>', 'the recipient, like +15550001111')
    .option('--text <text>', 'what to send')
    .option('--reply-to <id>', 'the message it quotes')
    .option('--priority <lane>', 'high, normal or bulk')
    .option('--idempotency-key <key>', 'the same key twice is one message')
    .option('--body <file>', 'a whole request as JSON; - reads the standard input')
    .option('--json', 'for machines', false)
    .action(async (options: SendOptions) => {
      const { send } = await import('./commands/messages.ts');
      await send(terminal, options);
    });
  program
    .command('trace <message-id>')
    .summary('show all that happened to a message')
    .description(
      'Shows the timeline of a message, every exchange with the provider included; no content and no recipient.',
    )
    .option('--json', 'for machines', false)
    .action(async (id: string, options: JsonOption) => {
      const { trace } = await import('./commands/messages.ts');
      await trace(terminal, id, options);
    });
  program
    .command('why <message-id>')
    .summary('say in one sentence what a message waits for')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: JsonOption) => {
      const { why } = await import('./commands/messages.ts');
      await why(terminal, id, options);
    });
}

function registerDeadLetters(program: Command, terminal: Terminal): void {
  const dlq = program.command('dlq').summary('look at dead letters and replay them');
  dlq
    .command('ls')
    .summary('list dead letters, newest first')
    .option('--provider <name>', 'only of this provider')
    .option('--channel <id>', 'only of this channel')
    .option('--code <code>', 'only with this failure code, like template_unknown')
    .option('--provider-code <code>', 'only with this code of the provider, like 132001')
    .option('--since <time>', 'only of messages that died then or later, like 2026-11-21T14:05:00Z')
    .option('--until <time>', 'only of messages that died then or before')
    .option('--after <place>', 'go on where the page before ended')
    .option('--limit <n>', 'so many at most', toCount, 50)
    .option('--json', 'for machines', false)
    .action(async (options: ListOptions) => {
      const { listDeadLetters } = await import('./commands/dead-letters.ts');
      await listDeadLetters(terminal, options);
    });
  dlq
    .command('show <id>')
    .summary('show the reason, the provider’s code and every attempt')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: JsonOption) => {
      const { showDeadLetter } = await import('./commands/dead-letters.ts');
      await showDeadLetter(terminal, id, options);
    });
  registerReplays(dlq, terminal);
}

function registerRecover(program: Command, terminal: Terminal): void {
  program
    .command('recover')
    .summary('after an older Redis was restored: hold what may have gone out since')
    .description(
      'Holds every message that was waiting in the restored copy, so that nothing is sent a second time. Stop the workers, restore,\n' +
        'run this, look, repeat it with --apply, and start the workers. Messages accepted after --since are new and go on.',
    )
    .requiredOption(
      '--since <time>',
      'when the copy was made, like 2026-11-21T14:05:00Z; rather a little later than earlier',
    )
    .option('--channel <id>', 'only of this channel')
    .option('--apply', 'do it; without it, messages are only counted', false)
    .option('--by <name>', 'who does it, for the timeline (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (options: RecoverOptions) => {
      const { recover } = await import('./commands/recover.ts');
      await recover(terminal, options);
    });
}

function registerApiKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').summary('make, list and revoke API keys');
  keys
    .command('create')
    .summary('make a key; it is shown this once')
    .option('--tenant <id>', 'whose key it is', 'default')
    .option('--role <role>', 'producer, subscriber-admin, ops or admin', 'producer')
    .requiredOption('--name <name>', 'what it is for')
    .option('--by <name>', 'who does it, for the audit (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (options: CreateOptions) => {
      const { createApiKey } = await import('./commands/api-keys.ts');
      await createApiKey(terminal, options);
    });
  keys
    .command('ls')
    .summary('list keys, never the keys themselves')
    .option('--json', 'for machines', false)
    .action(async (options: JsonOption) => {
      const { listApiKeys } = await import('./commands/api-keys.ts');
      await listApiKeys(terminal, options);
    });
  keys
    .command('revoke <id>')
    .summary('revoke a key')
    .option('--by <name>', 'who does it, for the audit (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: JsonOption & { readonly by?: string }) => {
      const { revokeApiKey } = await import('./commands/api-keys.ts');
      await revokeApiKey(terminal, id, options);
    });
}

function registerTenants(program: Command, terminal: Terminal): void {
  const tenants = program.command('tenants').summary('what is set for tenants');
  tenants
    .command('set <id>')
    .summary('limit what a tenant hands in, and how long content is kept')
    .description(
      'Limits how many messages a tenant hands in, and says how long content is kept once it is final (docs/operations/privacy.md).\n' +
        'What is not given stays as it is.',
    )
    .option('--limit <limit>', 'messages in a time, like 50/s, 600/min or 10000/h, or none')
    .option('--keep-content <time>', 'a time like 12h or 7d, of at most 31d; 0: not at all; or default')
    .option('--by <name>', 'who does it, for the audit (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: SetOptions) => {
      const { setTenant } = await import('./commands/tenants.ts');
      await setTenant(terminal, id, options);
    });
  tenants
    .command('ls')
    .summary('list what is set')
    .option('--json', 'for machines', false)
    .action(async (options: JsonOption) => {
      const { listTenants } = await import('./commands/tenants.ts');
      await listTenants(terminal, options);
    });
}
