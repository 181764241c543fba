export { opsConfigSchema } from './config.ts';
export type { OpsConfig } from './config.ts';
export { startOps } from './start-ops.ts';
