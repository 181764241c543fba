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

  return program;
}
