export { createSendProcessor } from './process-send.ts';
export type { PreparedFiles, SendContent, SendDeps, SendEnd, SendReport, SendTask, SendToken } from './process-send.ts';
