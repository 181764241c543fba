import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { accountSchema } from './account.ts';
import type { WhatsappCloudControl } from './create-whatsapp-cloud.ts';
import { inboundSchema } from './inbound.ts';

const idParams = z.object({ phoneNumberId: z.string() });
const webhookSchema = z.strictObject({ phoneNumberId: z.string(), body: z.json() });

/** Accounts, people who write, and raw webhooks, under `/_sandbox/whatsapp-cloud`. */
export function whatsappCloudControlRoutes(control: WhatsappCloudControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    app.get('/accounts', () => control.accounts());
    app.put('/accounts/:phoneNumberId', (request) => {
      const { phoneNumberId } = idParams.parse(request.params);
      const given = z.record(z.string(), z.unknown()).parse(request.body);
      return control.putAccount(accountSchema.parse({ ...given, phoneNumberId }));
    });
    app.delete('/accounts/:phoneNumberId', async (request, reply) => {
      const { phoneNumberId } = idParams.parse(request.params);
      if (control.deleteAccount(phoneNumberId)) return reply.code(204).send();
      return reply.code(404).send(unknownAccount(phoneNumberId));
    });
    app.post('/accounts/:phoneNumberId/handshake', async (request, reply) => {
      const { phoneNumberId } = idParams.parse(request.params);
      return (await control.handshake(phoneNumberId)) ?? reply.code(404).send(unknownAccount(phoneNumberId));
    });

    app.post('/accounts/:phoneNumberId/signup', async (request, reply) => {
      const { phoneNumberId } = idParams.parse(request.params);
      const code = control.signup(phoneNumberId);
      return code === null ? reply.code(404).send(unknownAccount(phoneNumberId)) : { code };
    });

    app.post('/inbound', async (request, reply) => {
      const input = inboundSchema.parse(request.body);
      const sent = control.inbound(input);
      return sent === null ? reply.code(404).send(unknownAccount(input.phoneNumberId)) : reply.code(202).send(sent);
    });
    app.post('/webhook', { bodyLimit: 16 * 1024 * 1024 }, async (request, reply) => {
      const { phoneNumberId, body } = webhookSchema.parse(request.body);
      const answer = await control.webhook(phoneNumberId, body);
      if (answer !== null) return answer;
      return reply.code(404).send({ error: `No account with a webhook has the phone number id ${phoneNumberId}.` });
    });
  };
}

function unknownAccount(phoneNumberId: string) {
  return { error: `No account has the phone number id ${phoneNumberId}.` };
}
