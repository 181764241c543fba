import { CliError } from '../cli-error.ts';

/** Each app's start, by its name: reads the environment, runs until it is told to stop. */
const mainOf: Readonly<Record<string, () => Promise<unknown>>> = {
  ingress: async () => await import('@posthorn/ingress/main'),
  'worker-whatsapp-cloud': async () => await import('@posthorn/worker-whatsapp-cloud/main'),
  'worker-twilio': async () => await import('@posthorn/worker-twilio/main'),
  'worker-infobip': async () => await import('@posthorn/worker-infobip/main'),
  'worker-kernel': async () => await import('@posthorn/worker-kernel/main'),
  forwarder: async () => await import('@posthorn/forwarder/main'),
  scheduler: async () => await import('@posthorn/scheduler/main'),
  ops: async () => await import('@posthorn/ops/main'),
  sandbox: async () => await import('@posthorn/sandbox/main'),
};

export const appNames: readonly string[] = Object.keys(mainOf);

/** `posthorn run`: one app in this process, by the environment alone. */
export async function runOne(name: string): Promise<void> {
  const main = mainOf[name];
  if (main === undefined) throw new CliError(`There is no app "${name}": expected one of ${appNames.join(', ')}.`);
  await main();
}
