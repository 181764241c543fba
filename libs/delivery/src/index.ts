export { createSendProcessor } from './process-send.ts';
export type { SendContent, SendDeps, SendEnd, SendReport, SendTask } from './process-send.ts';
