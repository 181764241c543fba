import type { Provider } from '@posthorn/provider';
import type { Consumer } from '@posthorn/queue';
import {
  codeOfReason,
  consume,
  deadJobSchema,
  deadQueue,
  deadReason,
  sendQueue,
  setPace,
  activationsOf,
} from '@posthorn/queue';
import type { Own } from '@posthorn/runtime';
import { createDeparture, createProbeServer, listenOrExplain, pingRedis } from '@posthorn/runtime';
import { paceOf } from './connected-channels.ts';
import { createSending } from './consume-sends.ts';
import { consumeTasks } from './consume-tasks.ts';
import { consumeFiles } from './consume-files.ts';
import { consumeWebhooks } from './consume-webhooks.ts';
import { createSendConsumers } from './send-consumers.ts';
import { serveShare } from './serve-share.ts';
import type { WorkerConfig } from './worker-config.ts';
import type { Shared, WorkerParts } from './worker-parts.ts';
import { openParts } from './worker-parts.ts';

/**
 * Starts a provider's worker: it sends what its channels' queues hold, understands its webhooks, and parks dead letters.
 * Joins delivery, intake and the parts around one provider; whatever it opens, it gives to `own`.
 */
export async function startWorker(
  own: Own,
  provider: Provider,
  config: WorkerConfig,
  shared: Shared,
): Promise<{ readonly url: string }> {
  const parts = await openParts(own, provider, config, shared);
  const { queues, log } = parts;

  const uploads = new AbortController();
  const sending = createSendConsumers(
    {
      start: createSending(parts, uploads.signal),
      change: async (live) => await setPace(queues, sendQueue(live.channel), activationsOf(paceOf(live))),
    },
    log,
  );
  own(sending, async (open) => await open.close(), 'messages under way');
  own(consumeFiles(parts, uploads.signal), async (open) => await open.close(), 'files under way');
  // Before the sends and files that wait for them.
  own(uploads, (open) => open.abort(), 'uploads');
  const share = await serveShare(own, parts, sending);
  own(consumeWebhooks(parts), async (open) => await open.close(), 'webhooks under way');
  own(consumeTasks(parts), async (open) => await open.close(), 'tasks under way');
  own(parkDeadLetters(parts), async (open) => await open.close(), 'dead letters');

  const { POSTHORN_WORKER_HOST: host, POSTHORN_WORKER_PORT: port } = config;
  const checks = { redis: async () => await pingRedis(parts.redis) };
  const probes = own(
    createProbeServer({ host, port, registry: parts.metrics.registry, checks, log }),
    async (open) => await open.close(),
    'probes',
  );
  // Others take over while what is under way here comes to its end.
  own(share, async (open) => await open.leave(), 'share of the channels');
  own(createDeparture({ ...parts, graceMs: config.POSTHORN_STOP_GRACE_MS }), (open) => open.begin(), 'departure');
  own(probes, (open) => open.stopping(), 'readiness');
  return await listenOrExplain(async () => await probes.listen(), {
    variable: shared.portVariable ?? 'POSTHORN_WORKER_PORT',
    port,
    host,
  });
}

/** Fails every dead letter with its reason: so they lie under Failed, where Bull Board lists them. */
function parkDeadLetters({ consuming, provider }: WorkerParts): Consumer {
  return consume(consuming, {
    ...consuming,
    queue: deadQueue(provider.id),
    schema: deadJobSchema,
    concurrency: 5,
    process: async ({ code, providerCode }) =>
      await Promise.resolve({ kind: 'dead', reason: deadReason(codeOfReason(`${code}:`), providerCode) }),
  });
}
