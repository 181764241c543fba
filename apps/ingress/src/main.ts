import { createLog, createMetrics, createTelemetry, readConfig, runApp } from '@posthorn/runtime';
import { ingressConfigSchema } from './config.ts';
import { startIngress } from './start-ingress.ts';

// Before anything is opened: a configuration that cannot be read needs no stopping.
const config = readOrExit();
const log = createLog({ app: 'ingress', level: config.POSTHORN_LOG_LEVEL });

const running = runApp('ingress', { stopGraceMs: config.POSTHORN_STOP_GRACE_MS, log }, async (own) => {
  own(await createTelemetry(process.env, 'ingress'), (telemetry) => telemetry.close(), 'telemetry');
  await startIngress(own, config, { log, metrics: createMetrics({ app: 'ingress' }) });
});
await running.done;

function readOrExit() {
  try {
    return readConfig(ingressConfigSchema, process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return process.exit(1);
  }
}
