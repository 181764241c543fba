import { Command } from 'commander';
import { appNames, runOne } from './commands/run-app.ts';
import { registerFleetCommands } from './program-fleet.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** The command line. What a command needs is loaded when it is called, so that help and small commands answer at once. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('posthorn')
    .description('A fleet of workers that carries messages to WhatsApp and back.')
    .version(version, '-V, --version', 'print the version')
    .showHelpAfterError('(add --help to see what this command takes)')
    .exitOverride()
    .configureOutput({
      writeOut: (said) => terminal.out(said.trimEnd()),
      writeErr: (said) => terminal.err(said.trimEnd()),
    });

  program
    .command('up')
    .summary('start everything in one process, with a sandbox in place of the providers')
    .description(
      'Starts every app in one process: message API, a worker for each provider, scheduler, forwarder, Bull Board, and a sandbox that plays ' +
        'the providers, with a demo channel for each. Uses the Redis of REDIS_URL, or finds or fetches a private one. Data, keys and log are kept in .posthorn, or where ' +
        'POSTHORN_HOME says. Warnings and errors are shown here; the whole log is in .posthorn/posthorn.log, as JSON lines ' +
        '(level: POSTHORN_LOG_LEVEL, info by default). Every variable of the apps works: README.md has the table. ' +
        'Everything listens on 127.0.0.1 unless POSTHORN_…_HOST says otherwise.',
    )
    .option('-v, --verbose', 'show the whole log here', false)
    .action(async (options: { verbose: boolean }) => {
      const { up } = await import('./commands/up.ts');
      await up(terminal, options);
    });

  program
    .command('demo')
    .summary('send one message of every kind through each provider, and show what became of them')
    .description(
      'Starts everything on free ports with a Redis that keeps nothing, sends by each provider one message of every kind it can ' +
        'do through the HTTP API, waits until each is delivered and read, prints a table for each provider and stops. Exit code 0, or 1 with the reason for each message ' +
        'that did not get there. It needs no account, uses no REDIS_URL and touches no data.',
    )
    .option('--json', 'for machines', false)
    .action(async (options: { json: boolean }) => {
      const { demo } = await import('./commands/demo.ts');
      await demo(terminal, options);
    });

  program
    .command('run')
    .argument('<app>', appNames.join(', '))
    .summary('start one app, configured by the environment')
    .description(
      'Starts one app in this process, configured by environment variables alone, until SIGTERM or SIGINT. Logs JSON lines to the ' +
        'standard output. All faults of the configuration are told at once. README.md has the table of variables.',
    )
    .action(async (app: string) => await runOne(app));

  registerFleetCommands(program, terminal);

  program
    .command('version')
    .summary('print the version')
    .option('--json', 'for machines', false)
    .action((options: { json: boolean }) =>
      terminal.out(options.json ? JSON.stringify({ version, node: process.versions.node }) : version),
    );

  return program;
}
