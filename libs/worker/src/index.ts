export { connectChannels } from './connected-channels.ts';
export type { ConnectedChannels, LiveChannel } from './connected-channels.ts';
export { putChannel } from './put-channel.ts';
export type { PutChannelDeps, PutChannelResult } from './put-channel.ts';
export { startWorker } from './start-worker.ts';
export type { Shared } from './start-worker.ts';
export { workerConfigSchema } from './worker-config.ts';
export type { WorkerConfig } from './worker-config.ts';
