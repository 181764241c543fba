export { createIngress } from './app.ts';
export { defaultLimits } from './ingress-deps.ts';
export type { IngressDeps, IngressLimits, VerifiedCall, WebhookInbox } from './ingress-deps.ts';
export { ingressConfigSchema, type IngressConfig } from './config.ts';
export { startIngress, type IngressShared } from './start-ingress.ts';
