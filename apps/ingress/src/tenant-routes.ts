import { contentKeptMsSchema, intakeQuotaSchema, type Tenant } from '@posthorn/access';
import { tenantIdSchema } from '@posthorn/message';
import { z } from 'zod';
import { problems } from './problem-responses.ts';
import type { RouteDeps, Routes } from './route-deps.ts';

const path = '/v1/tenant';
const tags = ['tenant'];

const contentKeptMs = contentKeptMsSchema.nullable().meta({
  description:
    'How long content is kept after it is final, in milliseconds: at most 31 days (2678400000), 0: not at all; null: the defaults (7 days; 31 days of failed and received messages).',
});
const viewSchema = z
  .object({
    id: tenantIdSchema,
    intake: intakeQuotaSchema.nullable().meta({ description: 'How many messages may be handed in; null: no limit.' }),
    contentKeptMs,
  })
  .meta({ id: 'Tenant', description: 'What is set for you.' });
const changeSchema = z
  .strictObject({ contentKeptMs })
  .meta({ id: 'TenantChange', examples: [{ contentKeptMs: 86_400_000 }] });

/** What is set for the caller's tenant. Its intake limit is the operator's to set. */
export function tenantRoutes(app: Routes, { tenants, channels, ledger, tenantOf, noteForAudit }: RouteDeps): void {
  app.get(
    path,
    {
      config: { role: ['producer', 'subscriber-admin'] },
      schema: {
        operationId: 'getTenant',
        summary: 'What is set for you',
        tags,
        response: { 200: viewSchema, ...problems(401) },
      },
    },
    async (request, reply) => reply.send(render(await tenants.get(tenantOf(request)))),
  );

  app.patch(
    path,
    {
      config: { role: 'admin', audit: { action: 'tenant.set' } },
      schema: {
        operationId: 'changeTenant',
        summary: 'Say how long content is kept',
        description:
          'For all of your channels, within 5 s, for what ends from then on; what ended before is shortened within minutes, and never lengthened. Content that is gone cannot be replayed, nor told in events.',
        tags,
        body: changeSchema,
        response: { 200: viewSchema, ...problems(400, 401, 415, 422) },
      },
    },
    async (request, reply) => {
      const tenantId = tenantOf(request);
      const tenant = await tenants.set(tenantId, { contentKeptMs: request.body.contentKeptMs });
      // The scheduler does the same for channels that are made later.
      for (const channel of channels.list())
        if (channel.tenantId === tenantId) await ledger.keepContent(channel, tenant.contentKeptMs);
      noteForAudit(request, { changed: ['contentKeptMs'] });
      return reply.send(render(tenant));
    },
  );
}

function render({ tenantId, intake, contentKeptMs: keptMs }: Tenant): z.infer<typeof viewSchema> {
  return { id: tenantIdSchema.parse(tenantId), intake, contentKeptMs: keptMs };
}
