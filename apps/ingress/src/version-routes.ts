import { z } from 'zod';
import manifest from '../package.json' with { type: 'json' };
import { problems } from './problem-responses.ts';
import type { Routes } from './route-deps.ts';

const versionSchema = z
  .object({ version: z.string().meta({ examples: ['0.1.0'] }) })
  .meta({ description: 'What runs here. The version of a provider’s API stands at each channel.' });

/** Which posthorn this is. */
export function versionRoutes(app: Routes): void {
  app.get(
    '/v1/version',
    {
      config: { role: ['producer', 'subscriber-admin'] },
      schema: {
        operationId: 'getVersion',
        summary: 'The version of posthorn',
        tags: ['channels'],
        response: { 200: versionSchema, ...problems(401) },
      },
    },
    async (_request, reply) => reply.send({ version: manifest.version }),
  );
}
