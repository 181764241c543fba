import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { accountSchema } from './account.ts';
import type { WhatsappCloudControl } from './create-whatsapp-cloud.ts';
import { inboundSchema } from './inbound.ts';

const idParams = z.object({ phoneNumberId: z.string() });
const webhookSchema = z.strictObject({ phoneNumberId: z.string(), body: z.json() });

/** Accounts, people who write, and raw webhooks, under `/_sandbox/whatsapp-cloud`. */
export function whatsappCloudControlRoutes(control: WhatsappCloudControl) {
  const unknown = (id: string) => ({ error: `No account has the phone number id ${id}.` });

  return async function register(app: FastifyInstance): Promise<void> {
    app.get('/accounts', () => control.accounts());
    app.put('/accounts/:phoneNumberId', async (request) => {
      const { phoneNumberId } = idParams.parse(request.params);
      const given = z.record(z.string(), z.unknown()).parse(request.body);
      return await control.putAccount(accountSchema.parse({ ...given, phoneNumberId }));
    });
    app.delete('/accounts/:phoneNumberId', async (request, reply) => {
      const { phoneNumberId } = idParams.parse(request.params);
      if (control.deleteAccount(phoneNumberId)) return await reply.code(204).send();
      return await reply.code(404).send(unknown(phoneNumberId));
    });
    app.post('/accounts/:phoneNumberId/handshake', async (request, reply) => {
      const { phoneNumberId } = idParams.parse(request.params);
      return (await control.handshake(phoneNumberId)) ?? (await reply.code(404).send(unknown(phoneNumberId)));
    });

    app.post('/inbound', async (request, reply) => {
      const input = inboundSchema.parse(request.body);
      const sent = control.inbound(input);
      return sent === null
        ? await reply.code(404).send(unknown(input.phoneNumberId))
        : await reply.code(202).send(sent);
    });
    app.post('/webhook', { bodyLimit: 16 * 1024 * 1024 }, async (request, reply) => {
      const { phoneNumberId, body } = webhookSchema.parse(request.body);
      const answer = await control.webhook(phoneNumberId, body);
      if (answer !== null) return answer;
      return await reply
        .code(404)
        .send({ error: `No account with a webhook has the phone number id ${phoneNumberId}.` });
    });
  };
}
