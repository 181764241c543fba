import { createBullBoard } from '@bull-board/api';
import { FastifyAdapter } from '@bull-board/fastify';
import type { ChannelRegistry } from '@posthorn/channel';
import type { ProviderId } from '@posthorn/message';
import type { Queues } from '@posthorn/queue';
import type { Clock } from '@posthorn/runtime';
import type { SubscriptionRegistry } from '@posthorn/subscription';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { guardRoutes } from './guard-routes.ts';
import type { Operator } from './logins.ts';
import type { ReplayLetters } from './replay-letters.ts';
import { createShownQueues } from './shown-queues.ts';

/** Where Bull Board lies. */
export const boardPath = '/queues';

/** The page of a queue there. */
export const queueUrl = (queue: string): string => `${boardPath}/queue/${encodeURIComponent(queue)}`;

export interface BoardDeps {
  readonly queues: Queues;
  readonly registry: Pick<ChannelRegistry, 'onChange'>;
  readonly subscriptions: Pick<SubscriptionRegistry, 'onChange'>;
  readonly providers: readonly ProviderId[];
  readonly replay: ReplayLetters;
  readonly operatorOf: (request: Pick<FastifyRequest, 'headers'>) => Operator | null;
  readonly clock: Clock;
  /** Up to so many channels and subscribers together, all of their queues are listed. */
  readonly channelsMax?: number;
}

const askedSchema = z.object({ activeQueue: z.string().min(1) });
const queueOfPathSchema = z.object({ queueName: z.string().min(1) });

/** Registers Bull Board in this scope, which must be behind authentication already. */
export async function registerBoard(scope: FastifyInstance, deps: BoardDeps): Promise<void> {
  const { queues, registry, subscriptions, providers, replay, operatorOf, clock } = deps;
  const server = new FastifyAdapter();
  const setApiRoutes = server.setApiRoutes.bind(server);
  server.setApiRoutes = (routes) => setApiRoutes(guardRoutes(routes, { providers, replay, operatorOf }));
  const board = createBullBoard({
    queues: [],
    serverAdapter: server,
    options: {
      uiConfig: {
        boardTitle: 'posthorn',
        hideDocsLink: true,
        sortQueues: true,
        overview: { groupByDelimiter: true },
        miscLinks: [{ text: 'Channels', url: '/' }],
        // A CLIENT LIST per queue and poll; and the names of workers' connections say nothing about the fleet.
        showWorkers: false,
      },
    },
  });
  server.setBasePath(boardPath);

  const shown = createShownQueues({
    queues,
    providers,
    clock,
    show: board.replaceQueues,
    ...(deps.channelsMax !== undefined && { channelsMax: deps.channelsMax }),
  });
  const stops = [registry.onChange(shown.follow), subscriptions.onChange(shown.followSubscriptions)];
  scope.addHook('onClose', async () => {
    for (const stop of stops) stop();
  });

  await scope.register(
    async (pages) => {
      pages.addHook('preHandler', async (request) => {
        const asked =
          askedSchema.safeParse(request.query).data?.activeQueue ??
          queueOfPathSchema.safeParse(request.params).data?.queueName ??
          null;
        if (request.url.startsWith(`${boardPath}/api/`))
          await shown.look(asked === null ? null : decodeQueueName(asked));
      });
      pages.addHook('onSend', async (_request, _reply, payload) =>
        typeof payload === 'string' && payload.startsWith('<!DOCTYPE html>') ? toOurPage(payload) : payload,
      );
      pages.get(
        '/posthorn.css',
        async (request, reply) =>
          await reply
            .type('text/css; charset=utf-8')
            .send(operatorOf(request)?.role === 'operator' ? boardStyle : `${boardStyle}${viewerStyle}`),
      );
      await pages.register(server.registerPlugin());
    },
    { prefix: boardPath },
  );
}

/**
 * Buttons of the dead queues (the only ones that are not read-only) for what is refused anyway: duplicate, edit, clean and the
 * menus with pause, empty, obliterate. Class names of Bull Board 9.10, without their hashes; where they change, buttons show
 * that say they are refused.
 */
const boardStyle = `
[class^="jobActions-"] > li:not(:first-child),
[class^="queueActions-"] > li:not(:first-child),
button[aria-haspopup="menu"]:is([class*="trigger-"], [class*="groupTrigger-"]),
[role="menu"][class^="dropdown-"] > [role="menuitem"]:first-child { display: none; }
`;

/** A viewer is refused them all. */
const viewerStyle = `
[class^="jobActions-"], [class^="queueActions-"] { display: none; }
`;

/** Without the link to Google's fonts, which the content security policy would only stop, and with our style. */
function toOurPage(page: string): string {
  return page
    .replaceAll(/<link[^>]*fonts\.googleapis\.com[^>]*>/gu, '')
    .replace('</head>', `<link href="${boardPath}/posthorn.css" rel="stylesheet"></head>`);
}

/** Bull Board's page encodes the name once more than HTTP does. */
function decodeQueueName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
