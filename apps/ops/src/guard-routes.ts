import type { AppControllerRoute, BullBoardRequest, ControllerHandlerReturnType } from '@bull-board/api/typings/app';
import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderId } from '@posthorn/message';
import { deadQueue } from '@posthorn/queue';
import { byOf, type Operator } from './logins.ts';
import type { ReplayLetters } from './replay-letters.ts';

const retryJob = '/api/queues/:queueName/:jobId/retry';
const retryAll = '/api/queues/:queueName/retry/:queueStatus';

/**
 * Bull Board's routes as an allow-list: those that read stay, retry is our replay on the dead queues, and whatever else
 * changes something is refused, also what a later release adds. Jobs are changed only by us: a job that Bull Board removed,
 * promoted or added would not be in the ledger's books.
 */
export function guardRoutes(
  routes: readonly AppControllerRoute[],
  {
    providers,
    replay,
    operatorOf,
  }: {
    providers: readonly ProviderId[];
    replay: ReplayLetters;
    operatorOf: (request: { readonly headers: IncomingHttpHeaders }) => Operator | null;
  },
): AppControllerRoute[] {
  const providerByQueue = new Map(providers.map((provider) => [deadQueue(provider).name, provider]));
  const providerOf = (request: BullBoardRequest | undefined): ProviderId | null => {
    const name: unknown = request?.params['queueName'];
    return typeof name === 'string' ? (providerByQueue.get(name) ?? null) : null;
  };

  const byOfRequest = (request: BullBoardRequest | undefined): string =>
    byOf(request === undefined ? null : operatorOf(request));

  return routes.map((route) => {
    if (route.method === 'get') return route;
    switch (route.route) {
      case retryJob:
        return {
          ...route,
          handler: async (request) => await answerRetryJob(request, providerOf(request), replay, byOfRequest(request)),
        };
      case retryAll:
        return {
          ...route,
          handler: async (request) => await answerRetryAll(request, providerOf(request), replay, byOfRequest(request)),
        };
      default:
        return { ...route, handler: () => forbidden };
    }
  });
}

const forbidden: ControllerHandlerReturnType<never> = {
  status: 403,
  body: {
    error: { key: 'ERRORS.FORBIDDEN' },
    message:
      'Jobs are changed by posthorn only, or its books would not fit them. A dead letter is replayed with Retry in its dead queue; a channel is paused on the page of channels.',
  },
};

async function answerRetryJob(
  request: BullBoardRequest | undefined,
  provider: ProviderId | null,
  replay: ReplayLetters,
  by: string,
): Promise<ControllerHandlerReturnType> {
  if (provider === null) return forbidden;
  const end = await replay.one(String(request?.params['jobId']), by);
  switch (end.result) {
    case 'replayed':
      return { status: 204, body: {} };
    case 'unknown_letter':
      return { status: 404, body: { error: { key: 'ERRORS.JOB_NOT_FOUND' } } };
    case 'content_gone':
    case 'not_failed':
    case 'unknown':
      return {
        status: 409,
        body: { error: { key: 'ERRORS.JOB_NOT_RETRIABLE', options: { state: 'dead' } }, message: end.says },
      };
    default:
      return end.result satisfies never;
  }
}

async function answerRetryAll(
  request: BullBoardRequest | undefined,
  provider: ProviderId | null,
  replay: ReplayLetters,
  by: string,
): Promise<ControllerHandlerReturnType<{ retried: number; skipped: number }>> {
  if (provider === null || request?.params['queueStatus'] !== 'failed') return forbidden;
  const { replayed, refused } = await replay.all(provider, by);
  if (refused === 0) return { status: 200, body: { retried: replayed, skipped: 0 } };
  // Bull Board explains what it skipped with lost data, which it is not.
  return {
    status: 409,
    body: {
      error: { key: 'ERRORS.JOB_NOT_RETRIABLE', options: { state: 'dead' } },
      message: `${replayed} replayed, ${refused} not. Retry of a single one says why.`,
    },
  };
}
