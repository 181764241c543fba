import { createLog, createMetrics, createTelemetry, readConfig, runApp } from '@posthorn/runtime';
import { opsConfigSchema, type OpsConfig } from './config.ts';
import { startOps } from './start-ops.ts';

const app = 'ops';
// Before anything is opened: a configuration that cannot be read needs no stopping.
const config = readOrExit();
const log = createLog({ app, level: config.POSTHORN_LOG_LEVEL });

await runApp(app, { stopGraceMs: config.POSTHORN_STOP_GRACE_MS, log }, async (own) => {
  own(await createTelemetry(process.env, app), async (telemetry) => await telemetry.close(), 'telemetry');
  await startOps(own, config, { log, metrics: createMetrics({ app }) });
}).done;

function readOrExit(): OpsConfig {
  try {
    return readConfig(opsConfigSchema, process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return process.exit(1);
  }
}
