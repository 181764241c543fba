import { createLog, createMetrics, readConfig, runApp } from '@posthorn/runtime';
import { forwarderConfigSchema } from './config.ts';
import { startForwarder } from './start-forwarder.ts';

const app = 'forwarder';
const config = readConfig(forwarderConfigSchema, process.env);
const log = createLog({ app, level: config.POSTHORN_LOG_LEVEL });

await runApp(app, { stopGraceMs: config.POSTHORN_STOP_GRACE_MS, log }, async (own) => {
  const { url } = await startForwarder(own, config, { log, metrics: createMetrics({ app }) });
  log.info({ url }, 'the forwarder runs');
}).done;
