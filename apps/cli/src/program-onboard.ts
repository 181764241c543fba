import type { Command } from 'commander';
import type { OnboardOptions, RetryOptions } from './commands/onboard.ts';
import type { Terminal } from './terminal.ts';

/** `posthorn onboard …`: numbers connected by the code of the provider's sign-up. */
export function registerOnboarding(program: Command, terminal: Terminal): void {
  const onboard = program.command('onboard').summary('connect a number by the code of Meta’s embedded signup');
  onboard
    .command('begin <file>', { isDefault: true })
    .summary('code → token → webhooks → phone number')
    .description(
      'Reads a request as POST /v1/onboardings takes it, as JSON from a file, or from the standard input with -:\n' +
        '{"channelId": "support", "settings": {"wabaId": "…", "phoneNumberId": "…", "pin": "123456"}}\n' +
        'The code lives 30 seconds: give it with --code. App id and secret come from POSTHORN_META_APP_ID and\n' +
        'POSTHORN_META_APP_SECRET, or from settings.appId and settings.appSecret. Exit code 1 where it failed.',
    )
    .option('--code <code>', 'the code of the sign-up')
    .option('--tenant <id>', 'whose channel it becomes', 'default')
    .option('--by <name>', 'who does it, for the audit (default: the user of this machine)')
    .option('--no-wait', 'do not follow it to its end')
    .option('--json', 'for machines', false)
    .action(async (file: string, options: OnboardOptions) => {
      const { beginOnboarding } = await import('./commands/onboard.ts');
      await beginOnboarding(terminal, file, options);
    });
  onboard
    .command('show <id>')
    .summary('show the stage, what it waits for, or what it needs')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: { readonly json: boolean }) => {
      const { showOnboarding } = await import('./commands/onboard.ts');
      await showOnboarding(terminal, id, options);
    });
  onboard
    .command('retry <id>')
    .summary('go on with the stage that failed')
    .option('--code <code>', 'a new code of the sign-up, where one is needed')
    .option('--pin <pin>', 'another PIN')
    .option('--by <name>', 'who does it, for the audit (default: the user of this machine)')
    .option('--no-wait', 'do not follow it to its end')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: RetryOptions) => {
      const { retryOnboarding } = await import('./commands/onboard.ts');
      await retryOnboarding(terminal, id, options);
    });
}
