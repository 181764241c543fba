export { createSpool } from './create-spool.ts';
export type { SpoolOptions } from './create-spool.ts';
export type { Spool, SpoolBatch, SpoolEntry, SpoolState } from './spool.ts';
export { startReplay } from './start-replay.ts';
export type { Delivery, Replay, ReplayDeps } from './start-replay.ts';
