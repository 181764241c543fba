import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { faultRuleSchema } from './faults.ts';
import { historyQuerySchema } from './history.ts';
import { infobipControlRoutes } from './infobip/control-routes.ts';
import { kernelControlRoutes } from './kernel/control-routes.ts';
import type { SandboxControl } from './sandbox.ts';
import { timingPatchSchema } from './timing.ts';
import { twilioControlRoutes } from './twilio/control-routes.ts';
import { whatsappCloudControlRoutes } from './whatsapp-cloud/control-routes.ts';

const idParams = z.object({ id: z.string() });
const countsQuery = z.strictObject({
  by: z.enum(['callbackData', 'recipient']).default('callbackData'),
  /** Only keys with at least so many calls: 2 shows what was sent twice. */
  minCalls: z.coerce.number().int().min(1).default(1),
  key: z.string().optional(),
});

/** The control API: what a test or a person may ask of the sandbox. JSON in, JSON out, faults as 400 with their places. */
export function controlRoutes(control: SandboxControl) {
  return async function register(app: FastifyInstance): Promise<void> {
    app.setErrorHandler((error, _request, reply) => {
      if (error instanceof z.ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
      const status = statusOf(error);
      return reply.code(status).send({ error: error instanceof Error ? error.message : 'The request failed.' });
    });

    app.get('/stats', () => control.stats());
    app.get('/history', (request) => control.history.list(historyQuerySchema.parse(request.query)));
    app.get('/counts', (request) => {
      const { by, minCalls, key } = countsQuery.parse(request.query);
      return key === undefined ? control.history.counts(by, minCalls) : control.history.countOf(by, key);
    });
    app.delete('/', async (_request, reply) => {
      control.reset();
      return reply.code(204).send();
    });

    app.get('/timing', () => control.timing());
    app.patch('/timing', (request) => control.setTiming(timingPatchSchema.parse(request.body)));
    app.post('/callbacks/pause', () => {
      control.pauseCallbacks();
      return { paused: true };
    });
    app.post('/callbacks/resume', () => {
      control.resumeCallbacks();
      return { paused: false };
    });

    app.get('/faults', () => control.faults.list());
    app.post('/faults', async (request, reply) => {
      const rule = control.faults.add(faultRuleSchema.parse(request.body));
      return reply.code(201).send(rule);
    });
    app.delete('/faults', async (_request, reply) => {
      control.faults.clear();
      return reply.code(204).send();
    });
    app.delete('/faults/:id', async (request, reply) => {
      const { id } = idParams.parse(request.params);
      if (control.faults.remove(id)) return reply.code(204).send();
      return reply.code(404).send({ error: `No fault rule has the id ${id}.` });
    });

    await app.register(whatsappCloudControlRoutes(control.whatsappCloud), { prefix: '/whatsapp-cloud' });
    await app.register(kernelControlRoutes(control.kernel), { prefix: '/kernel' });
    await app.register(infobipControlRoutes(control.infobip), { prefix: '/infobip' });
    await app.register(twilioControlRoutes(control.twilio), { prefix: '/twilio' });
  };
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}
