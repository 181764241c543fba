import { createLog, createMetrics, readConfig, runApp } from '@posthorn/runtime';
import { schedulerConfigSchema } from './config.ts';
import { startScheduler } from './start-scheduler.ts';

const app = 'scheduler';
const config = readConfig(schedulerConfigSchema, process.env);
const log = createLog({ app, level: config.POSTHORN_LOG_LEVEL });

await runApp(app, { stopGraceMs: config.POSTHORN_STOP_GRACE_MS, log }, async (own) => {
  const { url } = await startScheduler(own, config, { log, metrics: createMetrics({ app }), env: process.env });
  log.info({ url }, 'the scheduler runs');
}).done;
