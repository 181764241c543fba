export { createWebhookProcessor } from './process-webhook.ts';
export { optOutWordsOf, readOptOut } from './read-opt-out.ts';
