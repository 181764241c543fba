export { forwarderConfigSchema } from './config.ts';
export type { ForwarderConfig } from './config.ts';
export { startForwarder } from './start-forwarder.ts';
