import { startAppProcess, type AppProcess } from '../app-process.ts';
import { cpuSecondsOf } from '../cpu.ts';

/** A process that can be killed and comes back at the same address. */
export interface Role {
  readonly name: string;
  readonly url: () => string;
  readonly isUp: () => boolean;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/** Starts an app on loopback, at a free port. */
export async function startRole(app: string, env: Readonly<Record<string, string>>): Promise<Role> {
  const variable = app.startsWith('worker-') ? 'WORKER' : app.toUpperCase();
  const listen = { [`POSTHORN_${variable}_HOST`]: '127.0.0.1', [`POSTHORN_${variable}_PORT`]: '0' };
  let running: AppProcess | null = await startAppProcess(app, { ...listen, ...env }, cpuSecondsOf);
  const { url } = running;
  const again = { ...listen, ...env, [`POSTHORN_${variable}_PORT`]: new URL(url).port };
  return {
    name: app,
    url: () => url,
    isUp: () => running !== null,
    kill: async () => {
      const victim = running;
      running = null;
      await victim?.kill();
    },
    start: async () => {
      running ??= await startAppProcess(app, again, cpuSecondsOf);
    },
  };
}
