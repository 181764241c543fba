export { createShare } from './create-share.ts';
export type { Share, ShareDeps } from './create-share.ts';
export { judgeSigns } from './judge-signs.ts';
export type { Alive, Signs } from './judge-signs.ts';
export { processesFor } from './processes-for.ts';
export { serves } from './serves.ts';
