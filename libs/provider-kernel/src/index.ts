export { kernel } from './kernel.ts';
export { errorTable } from './error-table.ts';
export type { ErrorRule } from './error-table.ts';
export { limits } from './limits.ts';
export { readOldChannel } from './read-old-channel.ts';
