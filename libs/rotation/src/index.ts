export { createRotation } from './create-rotation.ts';
export type { PlaceReport, RotationReport } from './create-rotation.ts';
export { createKeyRegister } from './key-register.ts';
export type { KeyUse } from './key-register.ts';
export { faultsOfKeys } from './faults-of-keys.ts';
export { watchKeys } from './watch-keys.ts';
