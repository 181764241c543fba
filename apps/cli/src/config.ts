import { forwarderConfigSchema, type ForwarderConfig } from '@posthorn/forwarder';
import { loopbackAllow } from '@posthorn/guarded-http';
import { join } from 'node:path';
import { ingressConfigSchema, type IngressConfig } from '@posthorn/ingress';
import { opsConfigSchema, type OpsConfig } from '@posthorn/ops';
import { ConfigError, envPort, readConfig, envRedisUrl } from '@posthorn/runtime';
import { sandboxConfigSchema } from '@posthorn/sandbox';
import { schedulerConfigSchema, type SchedulerConfig } from '@posthorn/scheduler';
import { homeOf } from './home.ts';
import { workerConfigSchema, type WorkerConfig } from '@posthorn/worker';
import { z } from 'zod';

type Env = Readonly<Record<string, string | undefined>>;

/** The configuration of every app of a fleet in one process. */
export interface FleetConfig {
  readonly ingress: IngressConfig;
  /** Of all workers; each listens on a port of its own. */
  readonly worker: WorkerConfig;
  readonly workerPorts: WorkerPorts;
  readonly scheduler: SchedulerConfig;
  readonly forwarder: ForwarderConfig;
  readonly ops: OpsConfig;
  readonly sandbox: z.output<typeof sandboxConfigSchema>;
}

/** The ports of the workers of one process: health and metrics. */
export const workerPortsSchema = z.object({
  POSTHORN_WORKER_PORT: envPort(8082),
  POSTHORN_WORKER_TWILIO_PORT: envPort(8084),
  POSTHORN_WORKER_INFOBIP_PORT: envPort(8085),
  POSTHORN_WORKER_KERNEL_PORT: envPort(8086),
});
export type WorkerPorts = z.output<typeof workerPortsSchema>;

/** Every app on a free port of this machine, reachable from nowhere else: for a fleet that touches nothing that is there. */
export const onFreePorts: Readonly<Record<string, string>> = Object.fromEntries([
  ...['INGRESS', 'WORKER', 'SCHEDULER', 'FORWARDER', 'OPS', 'SANDBOX'].flatMap((app) => [
    [`POSTHORN_${app}_PORT`, '0'],
    [`POSTHORN_${app}_HOST`, '127.0.0.1'],
  ]),
  ...Object.keys(workerPortsSchema.shape).map((name) => [name, '0']),
]);

/** What `posthorn up` and `demo` read besides what the apps do. */
const upConfigSchema = z.object({
  /** An existing Redis; without it, a private one is started. */
  REDIS_URL: envRedisUrl().optional(),
  POSTHORN_SEALING_KEYS: z.string().optional(),
  POSTHORN_LOOKUP_KEY: z.string().optional(),
  POSTHORN_OPS_PASSWORD: z.string().optional(),
  /** Of the log in the file. */
  POSTHORN_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});
export type UpConfig = z.output<typeof upConfigSchema>;

/** Everything listens here unless told otherwise: the demo keys and the sandbox are not for the world. */
const loopback = '127.0.0.1';

/** Reads `up`'s own part. Throws `ConfigError`. */
export function readUpConfig(env: Env): UpConfig {
  const config = readConfig(upConfigSchema, env);
  const [sealing, lookup] = [config.POSTHORN_SEALING_KEYS, config.POSTHORN_LOOKUP_KEY];
  if ((sealing === undefined) === (lookup === undefined)) return config;
  const [set, unset] =
    sealing === undefined
      ? ['POSTHORN_LOOKUP_KEY', 'POSTHORN_SEALING_KEYS']
      : ['POSTHORN_SEALING_KEYS', 'POSTHORN_LOOKUP_KEY'];
  throw new ConfigError([`${unset}: is not set, but ${set} is; set both, or none to use the keys of this folder.`]);
}

/** Reads every app's part, with `given` in place of what the environment does not say. Throws one `ConfigError` with all faults. */
export function readFleetConfig(env: Env, given: Env): FleetConfig {
  const whole: Env = {
    POSTHORN_INGRESS_HOST: loopback,
    POSTHORN_WORKER_HOST: loopback,
    POSTHORN_SCHEDULER_HOST: loopback,
    POSTHORN_FORWARDER_HOST: loopback,
    POSTHORN_RAW_KEPT_MS: '1h',
    // Who tries it out receives on the same machine.
    POSTHORN_CALLBACK_ALLOW: loopbackAllow.join(','),
    POSTHORN_OPS_HOST: loopback,
    POSTHORN_MEDIA_DIR: join(homeOf(env).dir, 'media'),
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== '')),
    ...given,
  };
  const faults = new Set<string>();
  const read = <Schema extends z.ZodType>(schema: Schema): z.output<Schema> | null => {
    try {
      return readConfig(schema, whole);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const fault of error.faults) faults.add(fault);
      return null;
    }
  };
  const ingress = read(ingressConfigSchema);
  const worker = read(workerConfigSchema);
  const workerPorts = read(workerPortsSchema);
  const scheduler = read(schedulerConfigSchema);
  const forwarder = read(forwarderConfigSchema);
  const ops = read(opsConfigSchema);
  const sandbox = read(sandboxConfigSchema);
  if (
    ingress === null ||
    worker === null ||
    workerPorts === null ||
    scheduler === null ||
    forwarder === null ||
    ops === null ||
    sandbox === null
  ) {
    throw new ConfigError([...faults]);
  }
  return { ingress, worker, workerPorts, scheduler, forwarder, ops, sandbox };
}
