import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { registerAccounts } from '../register-accounts.ts';
import { accountSchema } from './account.ts';
import type { KernelControl } from './create-kernel.ts';
import { inboundSchema } from './inbound.ts';

const clientParams = z.object({ clientId: z.string() });

/** Clients, their tokens, people who write, and raw webhooks, under `/_sandbox/kernel`. */
export function kernelControlRoutes(control: KernelControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    const names = { idField: 'clientId', called: 'client id', accountSchema, inboundSchema };
    registerAccounts(app, control, { ...names, toOf: ({ clientId }) => clientId });
    app.delete('/accounts/:clientId/tokens', (request) => {
      const { clientId } = clientParams.parse(request.params);
      return { revoked: control.revokeTokens(clientId) };
    });
  };
}
