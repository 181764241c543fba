import { createSlidingSecond, type SlidingSecond } from './limits.ts';
import type { Clock } from '@posthorn/runtime';

type Tally = {
  requests: number;
  accepted: number;
  throttled: number;
  refusedByCode: Record<string, number>;
  maxAcceptedInASecond: number;
};

export type StatsSnapshot = Readonly<Tally> & {
  readonly maxRequestsInASecond: number;
  readonly byAccount: Readonly<Record<string, Readonly<Tally>>>;
  readonly callbacks: {
    readonly posts: number;
    readonly postsFailed: number;
    readonly updatesDelivered: number;
    readonly updatesAbandoned: number;
    readonly updatesWithoutWebhook: number;
  };
};

export type Stats = {
  readonly request: (account: string | null) => void;
  readonly accepted: (account: string) => void;
  readonly refused: (account: string | null, code: number, throttle: boolean) => void;
  readonly post: (outcome: 'delivered' | 'failed', updates: number) => void;
  readonly abandoned: (updates: number) => void;
  readonly withoutWebhook: (updates: number) => void;
  readonly snapshot: () => StatsSnapshot;
  readonly clear: () => void;
};

type Counter = { tally: Tally; second: SlidingSecond };

const newTally = (): Tally => ({
  requests: 0,
  accepted: 0,
  throttled: 0,
  refusedByCode: {},
  maxAcceptedInASecond: 0,
});
const newCounter = (): Counter => ({ tally: newTally(), second: createSlidingSecond() });
const newCallbacks = () => ({
  posts: 0,
  postsFailed: 0,
  updatesDelivered: 0,
  updatesAbandoned: 0,
  updatesWithoutWebhook: 0,
});

/** Counts what came and what went, over all and for each account; "in a second" is any 1000 ms, not a clock second. */
export function createStats(clock: Clock): Stats {
  let all = newCounter();
  let requestsSecond = createSlidingSecond();
  let maxRequestsInASecond = 0;
  let callbacks = newCallbacks();
  const byAccount = new Map<string, Counter>();

  function countersOf(account: string | null): Counter[] {
    if (account === null) return [all];
    let own = byAccount.get(account);
    if (own === undefined) byAccount.set(account, (own = newCounter()));
    return [all, own];
  }

  return {
    request(account) {
      maxRequestsInASecond = Math.max(maxRequestsInASecond, requestsSecond.add(clock.now()));
      for (const { tally } of countersOf(account)) tally.requests++;
    },
    accepted(account) {
      for (const { tally, second } of countersOf(account)) {
        tally.accepted++;
        tally.maxAcceptedInASecond = Math.max(tally.maxAcceptedInASecond, second.add(clock.now()));
      }
    },
    refused(account, code, throttle) {
      for (const { tally } of countersOf(account)) {
        tally.refusedByCode[code] = (tally.refusedByCode[code] ?? 0) + 1;
        if (throttle) tally.throttled++;
      }
    },
    post(outcome, updates) {
      callbacks.posts++;
      if (outcome === 'failed') callbacks.postsFailed++;
      else callbacks.updatesDelivered += updates;
    },
    abandoned(updates) {
      callbacks.updatesAbandoned += updates;
    },
    withoutWebhook(updates) {
      callbacks.updatesWithoutWebhook += updates;
    },
    snapshot: () =>
      structuredClone({
        ...all.tally,
        maxRequestsInASecond,
        callbacks,
        byAccount: Object.fromEntries([...byAccount].map(([key, { tally }]) => [key, tally])),
      }),
    clear() {
      all = newCounter();
      requestsSecond = createSlidingSecond();
      maxRequestsInASecond = 0;
      callbacks = newCallbacks();
      byAccount.clear();
    },
  };
}
