import type { PauseAdmin } from '@posthorn/channel-admin';
import { providerIdSchema, tenantIdSchema } from '@posthorn/message';
import type { PauseScope, WidePause } from '@posthorn/queue';
import type { Log } from '@posthorn/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { html, type Part } from './html.ts';
import { byOf, type Operator } from './logins.ts';
import { page } from './page.ts';
import { sayTime } from './say-time.ts';
import { actions, table, when } from './table.ts';

export interface PauseRoutesDeps {
  readonly pauseAdmin: PauseAdmin;
  readonly log: Log;
  readonly operatorOf: (request: FastifyRequest) => Operator | null;
}

const bodySchema = z.object({
  action: z.enum(['pause', 'resume']),
  scope: z.enum(['provider', 'tenant', 'everything']),
  name: z.string().max(100).default(''),
  why: z.string().max(200).default(''),
});

/** Pauses of many channels: those in force, and a form that adds and ends them. Those of one are on the page of channels. */
export function pauseRoutes(scope: FastifyInstance, { pauseAdmin, log, operatorOf }: PauseRoutesDeps): void {
  scope.get('/pauses', async (request, reply) => {
    const operator = operatorOf(request);
    if (operator === null) return reply.callNotFound();
    return await reply.type('text/html; charset=utf-8').send(pausesPage(await pauseAdmin.many(), operator));
  });

  scope.post('/pauses', async (request, reply) => {
    const body = bodySchema.safeParse(request.body);
    const target = body.success ? toScope(body.data) : null;
    if (!body.success || target === null) {
      return await reply
        .code(422)
        .type('text/plain; charset=utf-8')
        .send(
          'Expected an action (pause, resume), a scope (provider, tenant, everything) and the name of the provider or tenant.\n',
        );
    }
    const { action, why } = body.data;
    const by = byOf(operatorOf(request));
    const channels = await pauseAdmin[action](target, { by, why: why === '' ? undefined : why });
    log.info({ scope: target, action, by, channels }, 'an operator paused or resumed many channels');
    return await reply.redirect('/pauses', 303);
  });
}

function toScope({ scope, name }: z.infer<typeof bodySchema>): PauseScope | null {
  switch (scope) {
    case 'everything':
      return { kind: scope };
    case 'provider': {
      const provider = providerIdSchema.safeParse(name);
      return provider.success ? { kind: scope, provider: provider.data } : null;
    }
    case 'tenant': {
      const tenantId = tenantIdSchema.safeParse(name);
      return tenantId.success ? { kind: scope, tenantId: tenantId.data } : null;
    }
    default:
      return scope satisfies never;
  }
}

function nameOf(scope: PauseScope): string {
  if (scope.kind === 'provider') return scope.provider;
  return scope.kind === 'tenant' ? scope.tenantId : '';
}

const columns = ['What', when('Since (UTC)'), 'By', 'Why', actions];

function pausesPage(pauses: readonly WidePause[], operator: Operator): string {
  const mayChange = operator.role === 'operator';
  return page({
    title: 'pauses',
    operator,
    body: html`<h2>Pauses of many channels</h2>
      ${table(
        columns,
        pauses.map((pause) => row(pause, mayChange)),
        'None is in force.',
      )}
      ${mayChange ? form : ''}`,
  });
}

function row({ scope, by, at, why }: WidePause, mayChange: boolean): readonly Part[] {
  return [
    `${scope.kind} ${nameOf(scope)}`,
    sayTime(at),
    by,
    why ?? '',
    mayChange
      ? html`<form method="post" action="/pauses">
          <input type="hidden" name="scope" value="${scope.kind}" />
          <input type="hidden" name="name" value="${nameOf(scope)}" />
          <button name="action" value="resume">Resume</button>
        </form>`
      : '',
  ];
}

const form = html`<h2>Pause</h2>
  <form method="post" action="/pauses">
    <select name="scope" aria-label="of what">
      <option value="provider">provider</option>
      <option value="tenant">tenant</option>
      <option value="everything">everything</option>
    </select>
    <input name="name" placeholder="its name" aria-label="its name" maxlength="100" />
    <input name="why" placeholder="why" aria-label="why" maxlength="200" />
    <button name="action" value="pause">Pause</button>
  </form>`;
