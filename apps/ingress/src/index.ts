export type { WebhookInbox } from './ingress-deps.ts';
export { ingressConfigSchema, type IngressConfig } from './config.ts';
export { startIngress } from './start-ingress.ts';
