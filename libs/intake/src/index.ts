export { createWebhookProcessor } from './process-webhook.ts';
export { readOptOut } from './read-opt-out.ts';
export type { OptOutWords } from './read-opt-out.ts';
export type { IntakeChannel, IntakeDeps, IntakeReport, IntakeTask } from './process-webhook.ts';
