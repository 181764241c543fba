export { createRotation } from './create-rotation.ts';
export type { PlaceReport, RotationOptions, RotationReport } from './create-rotation.ts';
export { createKeyRegister } from './key-register.ts';
export type { KeyRegister, KeyUse } from './key-register.ts';
export { faultsOfKeys } from './faults-of-keys.ts';
export type { KeyFault } from './faults-of-keys.ts';
export { watchKeys } from './watch-keys.ts';
