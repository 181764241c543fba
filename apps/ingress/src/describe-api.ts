import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { problemRoutes } from './problem-pages/problem-routes.ts';
import { tidyDocument } from './tidy-document.ts';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';

const description = `Send messages through WhatsApp, and see what became of them.

Every request needs an API key: \`Authorization: Bearer phk_…\`. Its role decides what it may do (\`x-roles\`). Errors are problem details (RFC 9457) with a stable \`code\`.
Send an \`Idempotency-Key\` with every message: then a request that got no answer can be repeated safely.`;

/** The API description (OpenAPI 3.1) under /openapi.json, made from the routes' own schemas, and a page to read it at /docs; and those of the problems. */
export async function describeApi(app: FastifyInstance, publicUrl: string | null): Promise<void> {
  const toJsonSchema = createJsonSchemaTransform({});
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'posthorn', version: '1', description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: publicUrl ?? '/' }],
      security: [{ apiKey: [] }],
      tags: [
        { name: 'messages', description: 'Sending, looking up, cancelling.' },
        { name: 'media', description: 'Files.' },
        { name: 'channels', description: 'Sender accounts, and what happened on them.' },
        { name: 'recipients', description: 'Whether someone may be written to.' },
        { name: 'events', description: 'What happens, in one form.' },
        { name: 'subscriptions', description: 'Who is told of events, and what came of it.' },
        { name: 'webhooks', description: 'Called by the providers.' },
      ],
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: phk_…' } } },
    },
    // Probes and pages are no part of the API.
    hideUntagged: true,
    transform: (route) => {
      const { schema, url } = toJsonSchema(route);
      // The roles that a route takes stand in its description.
      const role = route.route.config?.role;
      return { url, schema: role === undefined ? schema : { ...schema, 'x-roles': [role].flat() } };
    },
    transformObject: createJsonSchemaTransformObject({}),
  });
  await app.register(fastifySwaggerUi, {
    // One document and no brand of others: the bar that loads another one is of no use here.
    theme: { title: 'posthorn API', css: [{ filename: 'posthorn.css', content: '.swagger-ui .topbar{display:none}' }] },
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, docExpansion: 'list', tryItOutEnabled: false },
    transformSpecification: (document) => tidyDocument(document),
    // Everything the page needs comes from here: nothing of the caller's goes to another host.
    staticCSP: {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    },
  });
  problemRoutes(app);
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json').serializer(String).send(described()),
  );

  let text: string | undefined;
  function described(): string {
    // All routes are known by the first request, and do not change.
    text ??= JSON.stringify(tidyDocument(app.swagger()));
    return text;
  }
}
