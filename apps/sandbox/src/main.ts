import { createLog, listenOrExplain, readConfig, runApp, systemClock, systemRandom } from '@posthorn/runtime';
import { sandboxConfigSchema } from './config.ts';
import { createSandbox } from './sandbox.ts';

// A stop cuts open requests at once: there is nothing here that must be finished.
const STOP_GRACE_MS = 5000;

// Before anything is opened: a configuration that cannot be read needs no stopping.
const config = readConfig(sandboxConfigSchema, process.env);
const log = createLog({ app: 'sandbox' });

const running = runApp('sandbox', { stopGraceMs: STOP_GRACE_MS, log }, async (own) => {
  const { POSTHORN_SANDBOX_HOST: host, POSTHORN_SANDBOX_PORT: port, POSTHORN_SANDBOX_SEED: seed } = config;
  const sandbox = own(
    createSandbox({
      clock: systemClock,
      random: systemRandom,
      log,
      accounts: seed.whatsappCloud,
      twilio: seed.twilio,
      kernel: seed.kernel,
      infobip: seed.infobip,
      ...(seed.timing === undefined ? {} : { timing: seed.timing }),
    }),
    (one) => one.close(),
    'sandbox',
  );
  await listenOrExplain(() => sandbox.listen({ host, port }), { variable: 'POSTHORN_SANDBOX_PORT', port, host });
});
await running.done;
