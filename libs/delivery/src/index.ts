export { createSendProcessor } from './process-send.ts';
export type { PreparedFiles } from './send-deps.ts';
export { isLookUpDue, lookUpHeld } from './look-up-held.ts';
export type { HeldTask, LookUpDeps } from './look-up-held.ts';
