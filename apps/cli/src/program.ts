import { Command } from 'commander';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** The command line. What a command needs is loaded when it is called, so that help and small commands answer at once. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('posthorn')
    .description('A fleet of workers that carries messages to WhatsApp and back.')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('(add --help for what this command takes)')
    .exitOverride()
    .configureOutput({
      writeOut: (said) => terminal.out(said.trimEnd()),
      writeErr: (said) => terminal.err(said.trimEnd()),
    });

  program
    .command('up')
    .summary('start everything in one process, with a sandbox in place of WhatsApp')
    .description(
      'Starts every app in one process: message API, worker, scheduler, Bull Board, and a sandbox that plays WhatsApp. Uses the\n' +
        'Redis of REDIS_URL, or finds or fetches a private one. Data, keys and the log are kept in .posthorn (or POSTHORN_HOME).\n' +
        'The log is JSON in .posthorn/posthorn.log (level: POSTHORN_LOG_LEVEL, default info); warnings and errors are shown here too.\n' +
        'Every variable of the apps works: see the table in README.md. Everything listens on 127.0.0.1 unless told otherwise.',
    )
    .option('-v, --verbose', 'show every line of the log here', false)
    .action(async (options: { verbose: boolean }) => {
      const { up } = await import('./commands/up.ts');
      await up(terminal, options);
    });

  program
    .command('demo')
    .summary('send one message of every kind and show what became of it')
    .description(
      'Starts everything on free ports with a Redis that keeps nothing, sends one message of every kind through the HTTP API, waits until\n' +
        'each is delivered and read, and prints a table. Ends with 0, or with 1 and the reason for each message that did not get there.\n' +
        'It touches no data, needs no account and uses no REDIS_URL.',
    )
    .option('--json', 'for machines', false)
    .action(async (options: { json: boolean }) => {
      const { demo } = await import('./commands/demo.ts');
      await demo(terminal, options);
    });

  return program;
}
