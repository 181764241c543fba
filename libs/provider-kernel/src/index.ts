export { kernel } from './kernel.ts';
export { errorTable } from './error-table.ts';
export type { ErrorRule } from './error-table.ts';
export { whatsappLimits as limits } from '@posthorn/whatsapp-format';
export { readOldChannel } from './read-old-channel.ts';
