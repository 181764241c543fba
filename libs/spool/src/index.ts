export { createSpool } from './create-spool.ts';
export type { Spool } from './spool.ts';
export { startReplay } from './start-replay.ts';
export type { Delivery, Replay, ReplayDeps } from './start-replay.ts';
