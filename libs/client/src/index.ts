export { createClient } from './create-client.ts';
export type { Accepted, BatchAnswer, Client, ClientOptions, Recipient, SendOptions } from './create-client.ts';
export type { BatchMessage, Content, Message } from './message.ts';
export { PosthornError } from './posthorn-error.ts';
export type { Problem } from './posthorn-error.ts';
export { verifyWebhook } from './verify-webhook.ts';
export type { Verdict, WebhookEvent, WebhookToVerify } from './verify-webhook.ts';
