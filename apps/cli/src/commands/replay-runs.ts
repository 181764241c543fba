import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createReplayRuns, type LetterCount, type ReplayRuns, type ReplayRunView } from '@posthorn/channel-admin';
import { systemClock } from '@posthorn/runtime';
import { byOf } from '../admin-access.ts';
import { CliError } from '../cli-error.ts';
import { withFleet, type FleetParts } from '../fleet-access.ts';
import { createTable } from '../table.ts';
import { json, type Terminal } from '../terminal.ts';
import { letterAdminOf, toQuery, type FilterOptions } from './dead-letters.ts';

export interface ReplayOptions extends FilterOptions {
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly perSecond: number;
  readonly canary?: number;
  readonly canaryWait: number;
  readonly watch: boolean;
  readonly why?: string;
  readonly by?: string;
  readonly json: boolean;
}

export interface RunOptions {
  readonly watch: boolean;
  readonly json: boolean;
}

const lookEveryMs = 500;

/** `posthorn dlq replay`: some by id, at once; or all that fit, as a run. */
export async function replay(terminal: Terminal, ids: readonly string[], options: ReplayOptions): Promise<void> {
  if (options.all === ids.length > 0)
    throw new CliError('Expected ids of dead letters, or --all with filters. "posthorn dlq ls" lists them.');
  if (!options.all) {
    await replayThese(terminal, ids, options);
    return;
  }
  const filter = toQuery(options);
  await withFleet(terminal, async (parts) => {
    if (options.dryRun) {
      sayCount(terminal, await letterAdminOf(parts).count(filter), options);
      return;
    }
    const runs = runsOf(parts);
    const run = await runs.start({
      filter,
      perSecond: options.perSecond,
      canary: options.canary ?? null,
      canaryWaitMs: options.canaryWait * 1_000,
      by: byOf(options),
      why: options.why,
    });
    if (run === null) throw new CliError('No dead letter fits, so nothing was started.');
    if (!options.json)
      terminal.out(`${run.id} replays ${run.total} letters. "posthorn dlq runs ${run.id}" shows how far it is.`);
    const shown = options.watch ? await watch(terminal, runs, run.id, options.json) : run;
    if (options.json) json(terminal, toShown(shown));
  });
}

async function replayThese(terminal: Terminal, ids: readonly string[], options: ReplayOptions): Promise<void> {
  const results = await withFleet(terminal, async (parts) => {
    const admin = letterAdminOf(parts);
    const done: { readonly id: string; readonly result: string; readonly says: string }[] = [];
    // One after another: messages of a conversation leave in the order of their replay.
    for (const id of ids) {
      if (options.dryRun) {
        const letter = await admin.get(id);
        const [result, says] = letter === null ? ['unknown_letter', 'there is no such letter'] : ['found', letter.code];
        done.push({ id, result, says });
      } else done.push({ id, ...(await admin.replay(id, { by: byOf(options), why: options.why })) });
    }
    return done;
  });
  if (options.json) json(terminal, results);
  else for (const { id, says } of results) terminal.out(`${id}: ${says}`);
  if (results.some(({ result }) => result !== 'replayed' && result !== 'found')) terminal.setExitCode(1);
}

/** `posthorn dlq runs`. */
export async function showRuns(terminal: Terminal, id: string | undefined, options: RunOptions): Promise<void> {
  await withFleet(terminal, async (parts) => {
    const runs = runsOf(parts);
    if (id !== undefined) {
      const known = await runs.get(id);
      if (known === null) throw new CliError(noRun(id));
      const run = options.watch ? await watch(terminal, runs, id, options.json) : known;
      if (options.json) json(terminal, toShown(run));
      else terminal.out(line(run));
      return;
    }
    const all = await runs.list();
    if (options.json) {
      json(terminal, all.map(toShown));
      return;
    }
    if (all.length === 0) terminal.err('No replay runs. "posthorn dlq replay --all" starts one.');
    const table = createTable(['started', 'id', 'by', 'replayed', 'stage', 'what happened']);
    for (const run of all)
      table.add([iso(run.startedAt), run.id, run.by, `${run.replayed} of ${run.total}`, run.stage, run.says ?? '']);
    if (all.length > 0) for (const each of table.lines()) terminal.out(each);
  });
}

/** `posthorn dlq abort`: the scheduler ends the run within a second. */
export async function abortRun(
  terminal: Terminal,
  id: string,
  options: { readonly why?: string; readonly by?: string; readonly json: boolean },
): Promise<void> {
  const result = await withFleet(
    terminal,
    async (parts) => await runsOf(parts).abort(id, { by: byOf(options), why: options.why }),
  );
  if (result === 'unknown') throw new CliError(noRun(id));
  if (result === 'over') throw new CliError(`${id} is over already. "posthorn dlq runs ${id}" shows how it ended.`);
  if (options.json) json(terminal, { id, result });
  else terminal.out(`${id} ends within a second. What is replayed stays so.`);
}

async function watch(terminal: Terminal, runs: ReplayRuns, id: string, quiet: boolean): Promise<ReplayRunView> {
  for (let told = ''; ; await delay(lookEveryMs)) {
    const run = await runs.get(id);
    if (run === null) throw new CliError(noRun(id));
    if (!quiet && told !== line(run)) terminal.err(line(run));
    told = line(run);
    if (run.endedAt === null) continue;
    if (run.stage !== 'finished') terminal.setExitCode(1);
    return run;
  }
}

function runsOf(parts: FleetParts): ReplayRuns {
  const { registry, deadLetters, ledger, audit, redis } = parts;
  const providers = letterAdminOf(parts).providers;
  const newId = (): string => randomBytes(6).toString('hex');
  return createReplayRuns({ registry, deadLetters, ledger, audit, redis, providers, clock: systemClock, newId });
}

function sayCount(terminal: Terminal, count: LetterCount, options: { readonly json: boolean }): void {
  if (options.json) {
    json(terminal, count);
    return;
  }
  terminal.out(`${count.total} letters would be replayed.`);
  const table = createTable(['what', 'letters']);
  for (const [name, many] of [...Object.entries(count.byCode), ...Object.entries(count.byChannel)])
    table.add([name, String(many)]);
  if (count.total > 0) for (const each of table.lines()) terminal.out(each);
}

function line({ id, stage, replayed, total, refused, says, aborting }: ReplayRunView): string {
  const not = Object.entries(refused).map(([reason, many]) => `, ${many} not (${reason})`);
  const end = says === null ? '' : `: ${says}`;
  return `${id} ${aborting ? 'is aborted' : stage}: ${replayed} of ${total} replayed${not.join('')}${end}`;
}

function toShown({
  v: _v,
  cursor: _c,
  provider: _p,
  tickedAt: _t,
  watched,
  startedAt,
  endedAt,
  ...run
}: ReplayRunView) {
  const canaries = watched.map(({ messageId }) => messageId);
  return { ...run, canaries, startedAt: iso(startedAt), endedAt: endedAt === null ? null : iso(endedAt) };
}

function noRun(id: string): string {
  return `There is no replay run "${id}" (any more). "posthorn dlq runs" lists those there are.`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
