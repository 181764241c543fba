import { createSilentLog, runApp } from '@posthorn/runtime';
import { runBench } from './bench.ts';
import { readOptions, usage } from './options.ts';
import { renderReport } from './report.ts';

const options = readOrExit();
if (options.help) {
  console.log(usage);
} else {
  const bench = runApp('bench', { stopGraceMs: 20_000, log: createSilentLog() }, async (own) => {
    // NODE_OPTIONS reaches the processes that are measured: `NODE_OPTIONS=--cpu-prof npm run bench` would profile this one, too.
    const childOptions = process.env['POSTHORN_BENCH_NODE_OPTIONS'];
    const childEnv = childOptions === undefined ? {} : { NODE_OPTIONS: childOptions };
    // Progress goes where it does not disturb a document on the standard output.
    const report = await runBench(options, childEnv, own, (line) => console.error(line));
    console.log(options.json ? JSON.stringify(report, null, 2) : renderReport(report));
  });
  bench.started
    .catch((error: unknown) =>
      console.error(`The benchmark failed: ${error instanceof Error ? error.message : String(error)}`),
    )
    .finally(() => void bench.stop().catch(() => undefined));
}

function readOrExit(): ReturnType<typeof readOptions> {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(1);
  }
}
