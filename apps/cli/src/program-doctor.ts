import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** `posthorn doctor`. */
export function registerDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .summary('check an installation from end to end, and say what to do')
    .description(
      'Checks Redis (version, eviction, memory, persistence, clock, connections), the variables set here, the keys, each channel (worker, pauses, ' +
        'credentials, token), what is held or dead, the buckets of POSTHORN_BUCKETS, and whether ingress answers at POSTHORN_PUBLIC_URL. It changes nothing; credentials are proven by a cheap ' +
        'call to each provider, where tokens expire by asking for one. Exit code 1 if something is broken, 0 with warnings alone.',
    )
    .option('--no-providers', 'do not call the providers')
    .option('--json', 'for machines', false)
    .action(async (options: { providers: boolean; json: boolean }) => {
      const { doctor } = await import('./commands/doctor.ts');
      await doctor(terminal, options);
    });
}
