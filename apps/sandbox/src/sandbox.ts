import type { AddressInfo } from 'node:net';
import {
  createMetrics,
  createProbes,
  probeRoutes,
  type Clock,
  type Log,
  type Metrics,
  type Random,
} from '@posthorn/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import { createCallbacks } from './callbacks.ts';
import { controlRoutes } from './control-routes.ts';
import { createFaults, type Faults } from './faults.ts';
import { createHttpCaller } from './http-caller.ts';
import { createHistory, type History } from './history.ts';
import { createStats, type StatsSnapshot } from './stats.ts';
import { createTimers } from './timers.ts';
import type { AccountInput as InfobipAccountInput } from './infobip/account.ts';
import { createInfobip, type InfobipControl } from './infobip/create-infobip.ts';
import type { AccountInput as KernelAccountInput } from './kernel/account.ts';
import { createKernel, type KernelControl } from './kernel/create-kernel.ts';
import { timingSchema, type Timing, type TimingInput } from './timing.ts';
import type { AccountInput as TwilioAccountInput } from './twilio/account.ts';
import { createTwilio, type TwilioControl } from './twilio/create-twilio.ts';
import type { AccountInput } from './whatsapp-cloud/account.ts';
import { createWhatsappCloud, type WhatsappCloudControl } from './whatsapp-cloud/create-whatsapp-cloud.ts';

export type SandboxOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Accounts of the WhatsApp Cloud API to begin with; their webhooks are not asked for a handshake yet. */
  readonly accounts?: readonly AccountInput[];
  /** Senders at Twilio to begin with. */
  readonly twilio?: readonly TwilioAccountInput[];
  /** Clients of Kernel to begin with. */
  readonly kernel?: readonly KernelAccountInput[];
  /** Senders at Infobip to begin with. */
  readonly infobip?: readonly InfobipAccountInput[];
  readonly timing?: TimingInput;
  /** Requests kept with their details; the counts are kept of all. 0 for benchmarks. Default 10,000. */
  readonly historyMax?: number;
  /** Where several apps share a registry of metrics. */
  readonly metrics?: Metrics;
};

/** Everything the control API can do, for those in the same process. */
export type SandboxControl = {
  readonly whatsappCloud: WhatsappCloudControl;
  readonly twilio: TwilioControl;
  readonly kernel: KernelControl;
  readonly infobip: InfobipControl;
  readonly faults: Pick<Faults, 'add' | 'list' | 'remove' | 'clear'>;
  readonly history: Pick<History, 'list' | 'counts' | 'countOf' | 'clear'>;
  stats(): StatsSnapshot & {
    readonly pendingUpdates: number;
    readonly pendingTimers: number;
    readonly callbacksPaused: boolean;
  };
  readonly timing: () => Timing;
  /** Changes the times named; the others stay. */
  readonly setTiming: (patch: TimingInput) => Timing;
  readonly pauseCallbacks: () => void;
  readonly resumeCallbacks: () => void;
  /** Forgets history, statistics, faults, files, limits used and everything still to tell. Accounts and timing stay. */
  readonly reset: () => void;
};

export type Sandbox = {
  readonly app: FastifyInstance;
  readonly control: SandboxControl;
  /** Port 0 takes a free one. */
  readonly listen: (place: { readonly host: string; readonly port: number }) => Promise<{ readonly url: string }>;
  /** Ends at once: open requests are cut, what was not told yet is dropped. */
  readonly close: () => Promise<void>;
};

/** Plays the providers on one port. A further provider is a further folder, registered here. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { clock, random, log, historyMax = 10_000 } = options;
  let timing = timingSchema.parse(options.timing ?? {});
  let url: string | null = null;
  const getTiming = (): Timing => timing;
  const timers = createTimers(clock);
  const stats = createStats(clock);
  const history = createHistory(historyMax);
  const faults = createFaults(random);
  const http = createHttpCaller(clock, () => timing.webhookTimeoutMs);
  const callbacks = createCallbacks({ clock, random, log, stats, timers, http, timing: getTiming });
  const parts = {
    clock,
    random,
    log,
    timers,
    stats,
    history,
    faults,
    callbacks,
    http,
    timing: getTiming,
    baseUrl: () => url,
  };
  const whatsappCloud = createWhatsappCloud(parts);
  const twilio = createTwilio(parts);
  const kernel = createKernel(parts);
  const infobip = createInfobip(parts);
  const doubles = [whatsappCloud, twilio, kernel, infobip];
  for (const account of options.accounts ?? []) whatsappCloud.control.addAccount(account);
  for (const account of options.twilio ?? []) twilio.control.putAccount(account);
  for (const account of options.kernel ?? []) kernel.control.putAccount(account);
  for (const account of options.infobip ?? []) infobip.control.putAccount(account);

  const control: SandboxControl = {
    whatsappCloud: whatsappCloud.control,
    twilio: twilio.control,
    kernel: kernel.control,
    infobip: infobip.control,
    faults,
    history,
    stats: () => ({
      ...stats.snapshot(),
      pendingUpdates: callbacks.pending(),
      pendingTimers: timers.pending(),
      callbacksPaused: callbacks.paused(),
    }),
    timing: getTiming,
    setTiming(patch) {
      timing = timingSchema.parse({ ...timing, ...patch });
      return timing;
    },
    pauseCallbacks: callbacks.pause,
    resumeCallbacks: callbacks.resume,
    reset() {
      timers.clear();
      callbacks.clear();
      faults.clear();
      history.clear();
      stats.clear();
      for (const double of doubles) double.reset();
    },
  };

  const app = fastify({ logger: false, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } });
  const metrics = options.metrics ?? createMetrics({ app: 'sandbox' });
  watch(metrics, control);
  void app.register(probeRoutes(createProbes({ registry: metrics.registry, checks: {}, log })));
  void app.register(controlRoutes(control), { prefix: '/_sandbox' });
  for (const double of doubles) void app.register(double.register);
  app.setNotFoundHandler((request, reply) => {
    const owner = doubles.find((double) => double.owns(request.url.split('?', 1)[0] ?? ''));
    if (owner !== undefined) return owner.notFound(request, reply);
    return reply.code(404).send({
      error: `No provider played here has ${request.method} ${request.url}. The control API is under /_sandbox.`,
    });
  });

  return {
    app,
    control,
    async listen({ host, port }) {
      await app.listen({ host, port });
      url = addressOf(app.server.address(), host);
      log.info({ url }, 'sandbox listens');
      return { url };
    },
    async close() {
      await app.close();
      await http.close();
      timers.clear();
    },
  };
}

/** Figures are read when asked for, so that counting costs a send nothing more. */
function watch({ gauge }: Metrics, control: SandboxControl): void {
  const figures = {
    posthorn_sandbox_requests: ['Requests got from the fleet.', () => control.stats().requests],
    posthorn_sandbox_accepted: ['Messages taken.', () => control.stats().accepted],
    posthorn_sandbox_throttled: ['Requests refused for being too fast.', () => control.stats().throttled],
    posthorn_sandbox_updates_delivered: [
      'Updates a webhook answered with 2xx.',
      () => control.stats().callbacks.updatesDelivered,
    ],
    posthorn_sandbox_updates_pending: ['Updates still to tell.', () => control.stats().pendingUpdates],
  } as const;
  for (const [name, [help, read]] of Object.entries(figures)) {
    gauge({
      name,
      help,
      collect() {
        this.set(read());
      },
    });
  }
}

function addressOf(address: AddressInfo | string | null, host: string): string {
  if (typeof address !== 'object' || address === null) return `http://${host}`;
  // Media URLs handed out must be reachable; a listener on all interfaces is at least on this one.
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${address.port}`;
}
