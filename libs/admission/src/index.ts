export { assembleSubmission } from './assemble-submission.ts';
export { createConnectChannel } from './create-connect-channel.ts';
export type { ConnectChannel } from './create-connect-channel.ts';
