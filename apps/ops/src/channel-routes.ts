import type { ChannelRegistry } from '@posthorn/channel';
import type { PauseAdmin } from '@posthorn/channel-admin';
import { channelIdSchema, type ProviderId } from '@posthorn/message';
import type { Pauses, Queues } from '@posthorn/queue';
import { createWorkerBeats, deadQueue, measureDepth, sendQueue } from '@posthorn/queue';
import type { Clock, Log } from '@posthorn/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { channelsPage, type ChannelLine, type DeadLine } from './channels-page.ts';
import { byOf, type Operator } from './logins.ts';

export interface ChannelRoutesDeps {
  readonly queues: Queues;
  readonly registry: Pick<ChannelRegistry, 'get' | 'list'>;
  readonly pauses: Pauses;
  readonly pauseAdmin: Pick<PauseAdmin, 'pause' | 'resume'>;
  readonly providers: readonly ProviderId[];
  readonly clock: Clock;
  readonly log: Log;
  readonly operatorOf: (request: FastifyRequest) => Operator | null;
}

/** More would be a slow page; the fullest come first. */
const linesMost = 200;

const paramsSchema = z.object({ id: channelIdSchema, action: z.enum(['pause', 'resume']) });

/** The page of channels, and pause and resume by an operator. */
export function channelRoutes(scope: FastifyInstance, deps: ChannelRoutesDeps): void {
  const { registry, pauseAdmin, log, operatorOf } = deps;
  scope.get('/', async (request, reply) => {
    const channels = registry.list();
    const lines = await Promise.all(channels.map(async (channel) => await toLine(deps, channel)));
    const fullest = lines.toSorted((a, b) => b.waiting - a.waiting || a.id.localeCompare(b.id)).slice(0, linesMost);
    const dead = await Promise.all(deps.providers.map(async (provider) => await toDeadLine(deps, provider)));
    return await reply
      .type('text/html; charset=utf-8')
      .send(channelsPage(fullest, dead, { total: channels.length, operator: operatorOf(request) }));
  });

  scope.post('/channels/:id/:action', async (request, reply) => {
    const params = paramsSchema.safeParse(request.params);
    const channel = params.success ? registry.get(params.data.id) : null;
    if (!params.success || channel === null) return reply.callNotFound();
    const { action } = params.data;
    const by = byOf(operatorOf(request));
    await pauseAdmin[action]({ kind: 'channel', channel }, { by });
    log.info({ channelId: channel.id, action, by }, 'an operator paused or resumed a channel');
    return await reply.redirect('/', 303);
  });
}

async function toLine(
  { queues, pauses, clock }: ChannelRoutesDeps,
  channel: Parameters<typeof sendQueue>[0] & { readonly name: string | null },
): Promise<ChannelLine> {
  const ref = sendQueue(channel);
  const [{ jobs, oldestMs }, paused, reasons, workers] = await Promise.all([
    measureDepth(queues, ref, clock.now()),
    queues.open(ref).isPaused(),
    pauses.reasons(channel),
    createWorkerBeats({ redis: queues.redis, now: clock.now }).of(channel.id),
  ]);
  const { id, name, provider } = channel;
  return { id, name, provider, queue: ref.name, ...jobs, oldestMs, paused, pauses: reasons, workers: workers.names };
}

async function toDeadLine({ queues }: ChannelRoutesDeps, provider: ProviderId): Promise<DeadLine> {
  const ref = deadQueue(provider);
  const counts = await queues.open(ref).getJobCounts('failed', 'waiting', 'active', 'delayed');
  return { provider, queue: ref.name, letters: Object.values(counts).reduce((sum, count) => sum + count, 0) };
}
