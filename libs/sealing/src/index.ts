export { parseKeyRing } from './key-ring.ts';
export type { KeyRing } from './key-ring.ts';
export { judgeKey } from './judge-key.ts';
export { sealingVariables } from './sealing-variables.ts';
export { createSealer } from './sealer.ts';
export type { Sealer } from './sealer.ts';
export { keyIdOf, sealedHeadBytes } from './key-id-of.ts';
export type { SealedPlace, SealedSpot } from './sealed-place.ts';
