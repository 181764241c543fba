export { parseKeyRing } from './key-ring.ts';
export type { KeyRing } from './key-ring.ts';
export { sealingVariables } from './sealing-variables.ts';
export { createSealer } from './sealer.ts';
export type { Sealer } from './sealer.ts';
