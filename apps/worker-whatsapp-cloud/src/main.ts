import { createLog, createMetrics, createTelemetry, readConfig, runApp } from '@posthorn/runtime';
import { whatsappCloud } from '@posthorn/provider-whatsapp-cloud';
import { startWorker, workerConfigSchema } from '@posthorn/worker';

const app = 'worker-whatsapp-cloud';
const config = readConfig(workerConfigSchema, process.env);
const log = createLog({ app, level: config.POSTHORN_LOG_LEVEL });

await runApp(app, { stopGraceMs: config.POSTHORN_STOP_GRACE_MS, log }, async (own) => {
  own(await createTelemetry(process.env, app), async (open) => await open.close(), 'traces');
  const { url } = await startWorker(own, whatsappCloud, config, {
    log,
    metrics: createMetrics({ app }),
  });
  log.info({ url }, 'the worker for WhatsApp Cloud API runs');
}).done;
