import { createSilentLog, runApp } from '@posthorn/runtime';
import { runBench } from './bench.ts';
import { readOptions, usage } from './options.ts';
import { renderReport } from './report.ts';

const options = readOrExit();
if (options.help) {
  console.log(usage);
} else {
  // NODE_OPTIONS reaches the processes that are measured: `NODE_OPTIONS=--cpu-prof npm run bench` would profile this one, too.
  const childOptions = process.env['POSTHORN_BENCH_NODE_OPTIONS'];
  const childEnv = childOptions === undefined ? {} : { NODE_OPTIONS: childOptions };
  let failed = false;
  let measured = false;
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));
  // The start does not wait for the figures: a stop would wait for the start, and Ctrl-C should not.
  const bench = runApp('bench', { stopGraceMs: 20_000, log: createSilentLog() }, (own) => {
    // Progress goes where it does not disturb a document on the standard output.
    runBench(options, childEnv, own, (line) => console.error(line))
      .then((report) => {
        measured = true;
        console.log(options.json ? JSON.stringify(report, null, 2) : renderReport(report));
      })
      .catch((error: unknown) => {
        failed = true;
        const what = error instanceof Error ? error.message : String(error);
        console.error(interrupted ? 'The benchmark was stopped.' : `The benchmark failed: ${what}`);
      })
      .finally(() => void bench.stop().catch(() => undefined));
  });
  const code = await bench.done;
  // What was being opened when it was stopped ends with this process.
  process.exit(failed || !measured ? 1 : code);
}

function readOrExit(): ReturnType<typeof readOptions> {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(1);
  }
}
