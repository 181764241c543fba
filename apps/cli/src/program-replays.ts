import type { Command } from 'commander';
import type { AuditOptions } from './commands/audit.ts';
import type { ReplayOptions, RunOptions } from './commands/replay-runs.ts';
import type { Terminal } from './terminal.ts';
import { toCount, wholeNumber } from './whole-number.ts';

/** `posthorn dlq replay`, `runs` and `abort`. */
export function registerReplays(dlq: Command, terminal: Terminal): void {
  dlq
    .command('replay [ids...]')
    .summary('send dead messages again')
    .description(
      'Starts a new generation of each message, at the tail of its conversation. With ids: at once; exit code 1 if one could not be.\n' +
        'With --all: a run of all letters that the filters name, executed by the scheduler; "posthorn dlq runs" shows it, "posthorn dlq abort" ends it.\n' +
        'Example: posthorn dlq replay --all --code template_paused --canary 5 --per-second 20 --why "template is back"',
    )
    .option('--all', 'all that fit, in place of ids', false)
    .option('--provider <name>', 'only of this provider')
    .option('--channel <id>', 'only of this channel')
    .option('--code <code>', 'only with this failure code, like template_unknown')
    .option('--provider-code <code>', 'only with this code of the provider, like 132001')
    .option('--since <time>', 'only of messages that died then or later, like 2026-11-21T14:05:00Z')
    .option('--until <time>', 'only of messages that died then or before')
    .option('--dry-run', 'only count', false)
    .option('--per-second <n>', 'so many messages each second', toRate, 20)
    .option(
      '--canary <n>',
      'so many first, and the rest only if none of them fails again for the same reason',
      toCanary,
    )
    .option('--canary-wait <seconds>', 'how long these are watched, unless all are delivered before', toSeconds, 60)
    .option('--watch', 'stay until the run is over; exit code 1 if it was stopped or aborted', false)
    .option('--why <text>', 'why, for the audit; no personal data')
    .option('--by <name>', 'who does it, for the timeline and the audit (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (ids: string[], options: ReplayOptions) => {
      const { replay } = await import('./commands/replay-runs.ts');
      await replay(terminal, ids, options);
    });
  dlq
    .command('runs [id]')
    .summary('show replay runs, newest first, or one')
    .option('--watch', 'with an id: stay until it is over; exit code 1 if it was stopped or aborted', false)
    .option('--json', 'for machines', false)
    .action(async (id: string | undefined, options: RunOptions) => {
      const { showRuns } = await import('./commands/replay-runs.ts');
      await showRuns(terminal, id, options);
    });
  dlq
    .command('abort <run-id>')
    .summary('end a replay run; what is replayed stays so')
    .option('--why <text>', 'why, for the audit; no personal data')
    .option('--by <name>', 'who does it (default: the user of this machine)')
    .option('--json', 'for machines', false)
    .action(async (id: string, options: { readonly why?: string; readonly by?: string; readonly json: boolean }) => {
      const { abortRun } = await import('./commands/replay-runs.ts');
      await abortRun(terminal, id, options);
    });
}

/** `posthorn audit`. */
export function registerAudit(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .summary('show who did what and when: through the API, the command, ops and files')
    .option('--channel <id>', 'only of this channel')
    .option('--tenant <id>', "only of this tenant (*: of none, the operator's own)")
    .option('--before <id>', 'only what is older than the entry of this id')
    .option('--limit <n>', 'so many at most', toCount, 50)
    .option('--json', 'for machines', false)
    .action(async (options: AuditOptions) => {
      const { showAudit } = await import('./commands/audit.ts');
      await showAudit(terminal, options);
    });
}

const toRate = wholeNumber(1, 1_000);
const toCanary = wholeNumber(1, 100);
const toSeconds = wholeNumber(1, 86_400);
