import { cpus, loadavg } from 'node:os';
import { readOptions, usage } from './options.ts';
import { runChaos } from './run-chaos.ts';

// Processes that were started end with this one, however it ends; so does Redis.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const options = readOrExit();
if (options.help) {
  console.log(usage);
} else {
  const load = (): string =>
    loadavg()
      .map((average) => average.toFixed(1))
      .join(' ');
  const conditions = {
    seed: options.seed,
    workers: options.workers,
    cores: cpus().length,
    node: process.version,
    loadBefore: load(),
  };
  const print = (text: string): void => (options.json ? undefined : console.log(text));
  const ran = await runChaos(options, { print, say: (line) => console.error(line) });
  const bad = ran.filter(({ isGood }) => !isGood);
  if (options.json) console.log(JSON.stringify({ conditions: { ...conditions, loadAfter: load() }, ran }, null, 2));
  console.error(
    `seed ${options.seed}, ${options.workers} workers, ${conditions.cores} cores, load of the machine ${conditions.loadBefore} before, ${load()} after`,
  );
  console.error(
    bad.length === 0
      ? `All ${ran.length} as they should be.`
      : `${bad.length} of ${ran.length} not as they should be: ${bad.map(({ scenario, defect }) => scenario + (defect === null ? '' : ` with ${defect}`)).join(', ')}`,
  );
  process.exit(bad.length === 0 ? 0 : 1);
}

function readOrExit(): ReturnType<typeof readOptions> {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(1);
  }
}
