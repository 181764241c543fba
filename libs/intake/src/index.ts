export { createWebhookProcessor } from './process-webhook.ts';
export { optOutWordsOf, readOptOut } from './read-opt-out.ts';
export type { IntakeChannel, IntakeDeps, IntakeReport, IntakeTask } from './process-webhook.ts';
