import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { registerAccounts } from '../register-accounts.ts';
import { accountSchema } from './account.ts';
import type { WhatsappCloudControl } from './create-whatsapp-cloud.ts';
import { inboundSchema } from './inbound.ts';

const idParams = z.object({ phoneNumberId: z.string() });

/** Accounts, handshakes, codes of sign-ups, people who write, and raw webhooks, under `/_sandbox/whatsapp-cloud`. */
export function whatsappCloudControlRoutes(control: WhatsappCloudControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    const names = { idField: 'phoneNumberId', called: 'phone number id', accountSchema, inboundSchema };
    registerAccounts(app, control, { ...names, toOf: ({ phoneNumberId }) => phoneNumberId });
    app.post('/accounts/:phoneNumberId/handshake', async (request, reply) => {
      const { phoneNumberId } = idParams.parse(request.params);
      return (await control.handshake(phoneNumberId)) ?? reply.code(404).send(unknownAccount(phoneNumberId));
    });
    app.post('/accounts/:phoneNumberId/signup', async (request, reply) => {
      const { phoneNumberId } = idParams.parse(request.params);
      const code = control.signup(phoneNumberId);
      return code === null ? reply.code(404).send(unknownAccount(phoneNumberId)) : { code };
    });
  };
}

function unknownAccount(phoneNumberId: string) {
  return { error: `No account has the phone number id ${phoneNumberId}.` };
}
