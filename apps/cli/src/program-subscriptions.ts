import type { Command } from 'commander';
import type { ListenOptions } from './commands/listen.ts';
import type { AddOptions, JsonOption, ReplayOptions } from './commands/subscriptions.ts';
import type { Terminal } from './terminal.ts';
import { toCount } from './whole-number.ts';

/** `posthorn listen` and `posthorn subscriptions …`: what happened, told to those who need it. */
export function registerSubscriptions(program: Command, terminal: Terminal): void {
  program
    .command('listen')
    .summary('show events as they happen')
    .description(
      'Shows what happens on your channels until Ctrl-C: one line each, without numbers and texts; all of it with --json.',
    )
    .option('--type <types...>', 'only these, like message.received')
    .option('--channel <id>', 'only of this channel')
    .option('--since <event-id>', 'go on after this event')
    .option('--count <n>', 'end after so many', toCount)
    .option('--json', 'whole events, one per line', false)
    .action(async (options: ListenOptions) => {
      const { listen } = await import('./commands/listen.ts');
      await listen(terminal, options);
    });

  const subscriptions = program.command('subscriptions').summary('who is told of events, and what came of it');
  const load = async () => await import('./commands/subscriptions.ts');
  subscriptions
    .command('add <url>')
    .summary('post events to an address; prints the id and the secret')
    .option('--name <name>', 'for people')
    .option('--type <types...>', 'only these, like message.received (default: all)')
    .option('--channel <ids...>', 'only of these channels (default: all)')
    .option('--pace <n>', 'at most so many a second')
    .option('--json', 'for machines', false)
    .action(async (url: string, options: AddOptions) => await (await load()).addSubscription(terminal, url, options));
  subscriptions
    .command('ls')
    .summary('list subscriptions')
    .option('--json', 'for machines', false)
    .action(async (options: JsonOption) => await (await load()).listSubscriptions(terminal, options));
  subscriptions
    .command('show <id>')
    .summary('show how one is doing')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: JsonOption) => await (await load()).showSubscription(terminal, id, options));
  subscriptions
    .command('rm <id>')
    .summary('remove one; what waits for it is dropped')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: JsonOption) => await (await load()).removeSubscription(terminal, id, options));
  for (const [action, summary] of [
    ['pause', 'deliver nothing for now; events go on being collected'],
    ['resume', 'deliver again, whyever it stood still'],
    ['test', 'post a test event'],
  ] as const) {
    subscriptions
      .command(`${action} <id>`)
      .summary(summary)
      .option('--json', 'for machines', false)
      .action(
        async (id: string, options: JsonOption) =>
          await (await load()).actOnSubscription(terminal, id, { ...options, action }),
      );
  }
  subscriptions
    .command('rotate <id>')
    .summary('a new secret; for a while the old one signs too')
    .option('--overlap <seconds>', 'for so long', '86400')
    .option('--json', 'for machines', false)
    .action(
      async (id: string, options: JsonOption & { readonly overlap: string }) =>
        await (await load()).rotateSubscription(terminal, id, options),
    );
  subscriptions
    .command('deliveries <id>')
    .summary('show the newest deliveries, with what was answered')
    .option('--limit <n>', 'so many at most', toCount, 20)
    .option('--json', 'for machines', false)
    .action(
      async (id: string, options: JsonOption & { readonly limit: number }) =>
        await (await load()).listDeliveries(terminal, id, options),
    );
  withFilter(subscriptions.command('dead <id>'))
    .summary('list events that no attempt brought there, or deliver them again')
    .option('--replay', 'deliver them again', false)
    .action(
      async (id: string, options: ReplayOptions & { readonly replay: boolean }) =>
        await (await load()).deadEvents(terminal, id, options),
    );
  withFilter(subscriptions.command('replay <id>'))
    .summary('deliver everything since a time again')
    .option('--channel <ids...>', 'only of these channels')
    .action(async (id: string, options: ReplayOptions) => await (await load()).replayEvents(terminal, id, options));
}

function withFilter(command: Command): Command {
  return command
    .option('--since <time>', 'what happened since, like 2026-11-24T16:00:00Z')
    .option('--until <time>', 'and not later')
    .option('--type <types...>', 'only these')
    .option('--limit <n>', 'so many at most')
    .option('--dry-run', 'only count', false)
    .option('--json', 'for machines', false);
}
