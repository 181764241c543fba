import type { FastifyInstance } from 'fastify';
import { registerAccounts } from '../register-accounts.ts';
import { accountSchema } from './account.ts';
import type { TwilioControl } from './create-twilio.ts';
import { inboundSchema } from './inbound.ts';

/** Senders, people who write, and raw webhooks, under `/_sandbox/twilio`. */
export function twilioControlRoutes(control: TwilioControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    const names = { idField: 'sender', called: 'sender', accountSchema, inboundSchema };
    registerAccounts(app, control, { ...names, toOf: ({ to }) => to });
  };
}
