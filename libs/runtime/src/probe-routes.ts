import type { FastifyInstance } from 'fastify';
import type { Probes } from './create-probes.ts';

/** A Fastify plugin that serves probes on an app's own port: `app.register(probeRoutes(probes))`. */
export function probeRoutes(probes: Probes) {
  return async function registerProbes(app: FastifyInstance): Promise<void> {
    for (const path of ['/livez', '/readyz', '/metrics']) {
      app.get(path, { logLevel: 'silent' }, async (_request, reply) => {
        const answer = await probes.answer(path);
        if (answer === null) return reply.callNotFound();
        return await reply
          .code(answer.status)
          .header('content-type', answer.contentType)
          .header('cache-control', 'no-store')
          .send(answer.body);
      });
    }
  };
}
