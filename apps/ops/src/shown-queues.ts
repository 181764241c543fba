import type { BaseAdapter } from '@bull-board/api/baseAdapter';
import type { Channel } from '@posthorn/channel';
import type { ProviderId } from '@posthorn/message';
import type { Queues } from '@posthorn/queue';
import { deadEventQueue, deadQueue, eventQueue, sendQueue, tokenQueue, webhookQueue } from '@posthorn/queue';
import type { Clock } from '@posthorn/runtime';
import type { Subscription } from '@posthorn/subscription';
import { toQueueAdapter, type BoardQueue } from './to-queue-adapter.ts';

/** Keeps Bull Board's list of queues. */
export interface ShownQueues {
  /** These are the channels now. */
  readonly follow: (channels: readonly Channel[]) => void;
  /** These are the subscribers now. */
  readonly followSubscriptions: (subscriptions: readonly Subscription[]) => void;
  /** Somebody looks, perhaps at that queue: brings the list up to date, if it is not. */
  readonly look: (asked: string | null) => Promise<void>;
}

interface ShownQueuesDeps {
  readonly queues: Queues;
  readonly providers: readonly ProviderId[];
  readonly clock: Clock;
  readonly show: (adapters: readonly BaseAdapter[]) => void;
  /** Up to so many channels and subscribers together, all of their queues are listed. Default: 50. */
  readonly channelsMax?: number;
}

/** For how long a list of busy queues serves. */
const freshMs = 3_000;
/** A queue somebody looks at stays listed so long, busy or not. */
const askedMs = 60_000;
/** Queues asked at once, so that one look at thousands does not fill the connection. */
const askedAtOnce = 200;

/**
 * Bull Board polls every queue it knows, so with many channels and subscribers it knows only those with something in them. They are
 * looked up while somebody looks: a board nobody watches costs Redis nothing.
 */
export function createShownQueues(deps: ShownQueuesDeps): ShownQueues {
  const { queues, providers, clock, show, channelsMax = 50 } = deps;
  const adapterByName = new Map<string, { readonly adapter: BaseAdapter; readonly description: string }>();
  const askedAtByName = new Map<string, number>();
  const ofProviders: readonly BoardQueue[] = providers.flatMap((provider) => [
    {
      kind: 'dead',
      ref: deadQueue(provider),
      description: 'Messages that are not tried again by themselves. Retry replays them.',
    },
    { kind: 'webhook', ref: webhookQueue(provider), description: 'Calls of the provider, waiting to be understood.' },
  ]);
  const tokens: BoardQueue = {
    kind: 'token',
    ref: tokenQueue(),
    description: 'Renewals of access tokens, each due ahead of its token’s end.',
  };
  const events: BoardQueue = {
    kind: 'dead_event',
    ref: deadEventQueue(),
    description:
      'Events that no attempt brought to their subscriber. Their owner replays them: posthorn subscriptions dead.',
  };
  const fixed: readonly BoardQueue[] = [...ofProviders, tokens, events];
  let channelQueues: readonly BoardQueue[] = [];
  let subscriberQueues: readonly BoardQueue[] = [];
  let freshUntilMs = 0;
  let looking: Promise<void> | null = null;

  const owned = (): readonly BoardQueue[] => [...channelQueues, ...subscriberQueues];
  const showAgain = (): void => {
    freshUntilMs = 0;
    if (owned().length <= channelsMax) showThese(owned());
  };

  const showThese = (some: readonly BoardQueue[]): void => {
    const boardQueues = [...fixed, ...some];
    const names = new Set(boardQueues.map(({ ref }) => ref.name));
    for (const name of adapterByName.keys()) if (!names.has(name)) adapterByName.delete(name);
    for (const boardQueue of boardQueues) {
      const { ref, description } = boardQueue;
      if (adapterByName.get(ref.name)?.description === description) continue;
      adapterByName.set(ref.name, { adapter: toQueueAdapter(queues, boardQueue), description });
    }
    show([...adapterByName.values()].map(({ adapter }) => adapter));
  };

  const isBusy = async ({ ref }: BoardQueue): Promise<boolean> => {
    const counts = await queues.open(ref).getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
    return Object.values(counts).some((count) => count > 0);
  };

  const showBusy = async (): Promise<void> => {
    const known = owned();
    const busy: BoardQueue[] = [];
    for (let from = 0; from < known.length; from += askedAtOnce) {
      const some = known.slice(from, from + askedAtOnce);
      const flags = await Promise.all(some.map(async (one) => wasAsked(one) || (await isBusy(one))));
      busy.push(...some.filter((_, at) => flags[at] === true));
    }
    freshUntilMs = clock.now() + freshMs;
    showThese(busy);
  };

  const wasAsked = ({ ref }: BoardQueue): boolean => (askedAtByName.get(ref.name) ?? -Infinity) > clock.now() - askedMs;

  return {
    follow: (channels) => {
      channelQueues = channels.map(toBoardQueue);
      showAgain();
    },
    followSubscriptions: (subscriptions) => {
      subscriberQueues = subscriptions.map(toSubscriberQueue);
      showAgain();
    },
    look: async (asked) => {
      if (owned().length <= channelsMax) return;
      for (const [name, at] of askedAtByName) if (at < clock.now() - askedMs) askedAtByName.delete(name);
      if (asked !== null && owned().some(({ ref }) => ref.name === asked)) {
        askedAtByName.set(asked, clock.now());
        if (!adapterByName.has(asked)) freshUntilMs = 0;
      }
      if (clock.now() < freshUntilMs) return;
      looking ??= showBusy().finally(() => {
        looking = null;
      });
      await looking;
    },
  };
}

function toBoardQueue(channel: Channel): BoardQueue {
  const name = channel.name === null ? '' : `${channel.name}. `;
  return {
    kind: 'send',
    ref: sendQueue(channel),
    description: `${name}One job per conversation with something to send.`,
  };
}

/** Its address is not shown: receivers put tokens into addresses. */
function toSubscriberQueue({ id, name, paused, held, disabled }: Subscription): BoardQueue {
  const state = disabled ? 'Disabled. ' : held ? 'Held. ' : paused ? 'Paused. ' : '';
  return {
    kind: 'event',
    ref: eventQueue(id),
    description: `${name === null ? '' : `${name}. `}${state}Events for this subscriber; delayed ones wait for another attempt.`,
  };
}
