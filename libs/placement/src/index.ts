export { createShare } from './create-share.ts';
export type { Share } from './create-share.ts';
export type { Signs } from './judge-signs.ts';
export { processesFor } from './processes-for.ts';
export { serves } from './serves.ts';
