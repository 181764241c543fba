import type { Audit } from '@posthorn/channel-admin';
import type { ChannelId, TenantId } from '@posthorn/message';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/**
 * What is kept of a route that is not mere reading: an entry under this name; or one that a lib writes itself, with more; or none, and why
 * not.
 */
export type AuditRule = { readonly action: string } | { readonly toldBy: string } | { readonly none: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Each route behind keys that is not mere reading says it, or the app does not start. */
    audit?: AuditRule;
  }
}

/** What only the handler knows. `changed`: ids of what it was done to, and names of what changed; never a value, and nothing of a person. */
export interface AuditNote {
  readonly channelId?: ChannelId | null;
  readonly changed?: readonly string[];
  readonly result?: string;
}

/** `null`: nothing was changed after all, as by a dry run. */
export type NoteForAudit = (request: FastifyRequest, note: AuditNote | null) => void;

const paramsSchema = z.object({ id: z.string() });

/**
 * Keeps who did what with every change of this scope, before its answer goes out: nobody is told that something was done which is not in
 * the books. What was refused changed nothing, and is not kept: it would push out what did.
 */
export function auditChanges(
  scope: FastifyInstance,
  {
    audit,
    byOf,
    tenantOf,
  }: {
    readonly audit: Pick<Audit, 'record'>;
    readonly byOf: (request: FastifyRequest) => string;
    readonly tenantOf: (request: FastifyRequest) => TenantId;
  },
): NoteForAudit {
  const noteByRequest = new WeakMap<FastifyRequest, { readonly note: AuditNote | null }>();
  scope.addHook('onRoute', (route) => {
    const rule = route.config?.audit;
    if (rule === undefined && !isReading([route.method].flat())) throw new Error(missingRule(route.url));
    if (rule === undefined || !('action' in rule)) return;
    route.onSend = [route.onSend ?? []].flat().concat(async (request, reply) => await keep(rule, request, reply));
  });

  async function keep(
    rule: Extract<AuditRule, { readonly action: string }>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    if (reply.statusCode >= 400) return;
    const noted = noteByRequest.get(request);
    if (noted?.note === null) return;
    const id = paramsSchema.safeParse(request.params).data?.id;
    await audit.record({
      by: byOf(request),
      action: rule.action,
      tenantId: tenantOf(request),
      channelId: noted?.note.channelId ?? null,
      changed: [...(noted?.note.changed ?? (id === undefined ? [] : [id]))],
      result: noted?.note.result ?? 'done',
    });
  }

  return (request, note) => void noteByRequest.set(request, { note });
}

function isReading(methods: readonly string[]): boolean {
  return methods.every((method) => ['GET', 'HEAD', 'OPTIONS'].includes(method));
}

function missingRule(url: string): string {
  return `the route ${url} does not say what is kept of it; write config: { audit: { action: 'thing.verb' } } into its options, or { audit: { none: 'why' } }`;
}
