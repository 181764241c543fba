export { schedulerConfigSchema } from './config.ts';
export type { SchedulerConfig } from './config.ts';
export { startScheduler } from './start-scheduler.ts';
