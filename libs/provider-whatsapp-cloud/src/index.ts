export { whatsappCloud } from './whatsapp-cloud.ts';
export { errorTable } from './error-table.ts';
export type { ErrorRule } from './error-table.ts';
export { whatsappLimits as limits } from '@posthorn/whatsapp-format';
export { oldResultOf } from './old-results.ts';
export type { OldResult } from './old-results.ts';
