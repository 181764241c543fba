import type { FastifyInstance } from 'fastify';
import { registerAccounts } from '../register-accounts.ts';
import { accountSchema } from './account.ts';
import type { InfobipControl } from './create-infobip.ts';
import { inboundSchema } from './inbound.ts';

/** Senders, people who write, and raw webhooks, under `/_sandbox/infobip`. */
export function infobipControlRoutes(control: InfobipControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    const names = { idField: 'sender', called: 'sender', accountSchema, inboundSchema };
    registerAccounts(app, control, { ...names, toOf: ({ sender }) => sender });
  };
}
