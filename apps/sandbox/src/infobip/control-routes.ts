import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { accountSchema } from './account.ts';
import type { InfobipControl } from './create-infobip.ts';
import { inboundSchema } from './inbound.ts';

const senderParams = z.object({ sender: z.string() });
const webhookSchema = z.strictObject({ sender: z.string(), body: z.json() });

/** Senders, people who write, and raw webhooks, under `/_sandbox/infobip`. */
export function infobipControlRoutes(control: InfobipControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    app.get('/accounts', () => control.accounts());
    app.put('/accounts/:sender', (request) => {
      const { sender } = senderParams.parse(request.params);
      const given = z.record(z.string(), z.unknown()).parse(request.body);
      return control.putAccount(accountSchema.parse({ ...given, sender }));
    });
    app.delete('/accounts/:sender', async (request, reply) => {
      const { sender } = senderParams.parse(request.params);
      return control.deleteAccount(sender) ? reply.code(204).send() : reply.code(404).send(unknownSender(sender));
    });
    app.post('/inbound', { bodyLimit: 16 * 1024 * 1024 }, async (request, reply) => {
      const input = inboundSchema.parse(request.body);
      const sent = control.inbound(input);
      return sent === null ? reply.code(404).send(unknownSender(input.sender)) : reply.code(202).send(sent);
    });
    app.post('/webhook', { bodyLimit: 16 * 1024 * 1024 }, async (request, reply) => {
      const { sender, body } = webhookSchema.parse(request.body);
      return (await control.webhook(sender, body)) ?? reply.code(404).send(unknownSender(sender));
    });
  };
}

function unknownSender(sender: string) {
  return { error: `No account with a webhook has the sender ${sender}.` };
}
