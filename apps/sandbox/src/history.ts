import { z } from 'zod';

/** One request a provider got, with what it answered. Content is kept: the sandbox talks to no person. */
export type HistoryEntry = {
  readonly seq: number;
  readonly atMs: number;
  readonly provider: string;
  readonly operation: string;
  /** The account it came for, by the provider's own name of it (Meta: phone number id). */
  readonly account: string | null;
  readonly to: string | null;
  readonly type: string | null;
  readonly callbackData: string | null;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: unknown;
  };
  readonly answer: {
    /** `null`: no answer was given (hang, closed connection). */
    readonly status: number | null;
    readonly code: number | null;
    readonly messageId: string | null;
  };
  /** The fault rule that decided, if one did. */
  readonly faultId: string | null;
};

/** How often one key was seen: `calls` reached the provider, `taken` of them were taken as a message. */
export type CallCount = { readonly calls: number; readonly taken: number };

export const historyQuerySchema = z.strictObject({
  provider: z.string().optional(),
  operation: z.string().optional(),
  account: z.string().optional(),
  to: z.string().optional(),
  type: z.string().optional(),
  callbackData: z.string().optional(),
  messageId: z.string().optional(),
  code: z.coerce.number().int().optional(),
  /** Entries after this sequence number: the `next` of the page before. */
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export type HistoryQuery = z.input<typeof historyQuerySchema>;

export type HistoryPage = {
  readonly entries: readonly HistoryEntry[];
  /** Give it as `after` to go on; `null` when this was the last page. */
  readonly next: number | null;
  /** Requests seen in all, also those whose details were dropped. */
  readonly seen: number;
};

export type CountsBy = 'callbackData' | 'recipient';

export type History = {
  readonly add: (entry: Omit<HistoryEntry, 'seq'>) => void;
  /** Counted without bound and apart from the details, so that 100,000 messages can be proved sent once. */
  readonly count: (callbackData: string | null, recipient: string | null, taken: boolean) => void;
  readonly list: (query?: HistoryQuery) => HistoryPage;
  readonly counts: (by: CountsBy, minCalls?: number) => Record<string, CallCount>;
  readonly countOf: (by: CountsBy, key: string) => CallCount;
  readonly clear: () => void;
};

/** Keeps details of the newest `detailsMax` requests (0: none) and counts of all. */
export function createHistory(detailsMax: number): History {
  let ring: HistoryEntry[] = [];
  let seen = 0;
  const counters: Record<CountsBy, Map<string, { calls: number; taken: number }>> = {
    callbackData: new Map(),
    recipient: new Map(),
  };

  function bump(by: CountsBy, key: string | null, taken: boolean): void {
    if (key === null) return;
    const count = counters[by].get(key);
    if (count === undefined) {
      counters[by].set(key, { calls: 1, taken: taken ? 1 : 0 });
    } else {
      count.calls++;
      if (taken) count.taken++;
    }
  }

  /** Entries from the oldest kept one on. */
  function* inOrder(afterSeq: number): Generator<HistoryEntry> {
    const first = Math.max(seen - ring.length + 1, afterSeq + 1);
    for (let seq = first; seq <= seen; seq++) {
      const entry = ring[(seq - 1) % detailsMax];
      if (entry !== undefined) yield entry;
    }
  }

  return {
    add(entry) {
      seen++;
      if (detailsMax > 0) ring[(seen - 1) % detailsMax] = { seq: seen, ...entry };
    },
    count(callbackData, recipient, taken) {
      bump('callbackData', callbackData, taken);
      bump('recipient', recipient, taken);
    },
    list(input = {}) {
      const query = historyQuerySchema.parse(input);
      const entries: HistoryEntry[] = [];
      for (const entry of inOrder(query.after ?? 0)) {
        if (!matches(entry, query)) continue;
        if (entries.length === query.limit) {
          return { entries, next: entries.at(-1)?.seq ?? null, seen };
        }
        entries.push(redacted(entry));
      }
      return { entries, next: null, seen };
    },
    counts: (by, minCalls = 1) => Object.fromEntries([...counters[by]].filter(([, count]) => count.calls >= minCalls)),
    countOf: (by, key) => ({ ...(counters[by].get(key) ?? { calls: 0, taken: 0 }) }),
    clear() {
      ring = [];
      seen = 0;
      counters.callbackData.clear();
      counters.recipient.clear();
    },
  };
}

function matches(entry: HistoryEntry, query: z.output<typeof historyQuerySchema>): boolean {
  const wanted: readonly [unknown, unknown][] = [
    [query.provider, entry.provider],
    [query.operation, entry.operation],
    [query.account, entry.account],
    [query.to, entry.to],
    [query.type, entry.type],
    [query.callbackData, entry.callbackData],
    [query.messageId, entry.answer.messageId],
    [query.code, entry.answer.code],
  ];
  return wanted.every(([want, has]) => want === undefined || want === has);
}

/** Done when read, not when written: most entries are never looked at. */
function redacted(entry: HistoryEntry): HistoryEntry {
  const { authorization, ...headers } = entry.request.headers;
  return {
    ...entry,
    request: {
      ...entry.request,
      url: entry.request.url.replaceAll(/(appsecret_proof|access_token)=[^&]*/g, '$1=redacted'),
      headers: authorization === undefined ? headers : { ...headers, authorization: 'Bearer redacted' },
    },
  };
}
