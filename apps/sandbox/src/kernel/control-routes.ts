import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { accountSchema } from './account.ts';
import type { KernelControl } from './create-kernel.ts';
import { inboundSchema } from './inbound.ts';

const clientParams = z.object({ clientId: z.string() });
const webhookSchema = z.strictObject({ clientId: z.string(), body: z.json() });

/** Clients, their tokens, people who write, and raw webhooks, under `/_sandbox/kernel`. */
export function kernelControlRoutes(control: KernelControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    app.get('/accounts', () => control.accounts());
    app.put('/accounts/:clientId', (request) => {
      const { clientId } = clientParams.parse(request.params);
      const given = z.record(z.string(), z.unknown()).parse(request.body);
      return control.putAccount(accountSchema.parse({ ...given, clientId }));
    });
    app.delete('/accounts/:clientId', async (request, reply) => {
      const { clientId } = clientParams.parse(request.params);
      return control.deleteAccount(clientId) ? reply.code(204).send() : reply.code(404).send(unknownClient(clientId));
    });
    app.delete('/accounts/:clientId/tokens', (request) => {
      const { clientId } = clientParams.parse(request.params);
      return { revoked: control.revokeTokens(clientId) };
    });
    app.post('/inbound', async (request, reply) => {
      const input = inboundSchema.parse(request.body);
      const sent = control.inbound(input);
      return sent === null ? reply.code(404).send(unknownClient(input.clientId)) : reply.code(202).send(sent);
    });
    app.post('/webhook', async (request, reply) => {
      const { clientId, body } = webhookSchema.parse(request.body);
      return (await control.webhook(clientId, body)) ?? reply.code(404).send(unknownClient(clientId));
    });
  };
}

function unknownClient(clientId: string) {
  return { error: `No account with a webhook has the client id ${clientId}.` };
}
