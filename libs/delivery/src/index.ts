export { createSendProcessor } from './process-send.ts';
export type { SendContent, SendDeps, SendEnd, SendReport, SendTask, SendToken } from './process-send.ts';
