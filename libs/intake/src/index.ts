export { createWebhookProcessor } from './process-webhook.ts';
export type { IntakeChannel, IntakeDeps, IntakeReport, IntakeTask } from './process-webhook.ts';
