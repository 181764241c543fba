export { twilio } from './twilio.ts';
export { errorTable } from './error-table.ts';
export type { ErrorRule } from './error-table.ts';
export { limits } from './limits.ts';
export { sessionContentDefinitions, sessionContentNames } from './session-contents.ts';
