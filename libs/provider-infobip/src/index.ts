export { infobip } from './infobip.ts';
export { errorTable } from './error-table.ts';
export type { ErrorRow, ErrorRule } from './error-table.ts';
export { limits } from './limits.ts';
