import type { CallAnswer, HttpCaller } from './http-caller.ts';
import type { Clock, Log, Random } from '@posthorn/runtime';
import type { Stats } from './stats.ts';
import type { Timers } from './timers.ts';
import type { Timing } from './timing.ts';

/** One thing to tell, already rendered; `group` names what may stand in one list with it. */
export type Update = { readonly group: string; readonly json: string; readonly extra?: string };

export type Target = {
  readonly url: string;
  readonly headers: (body: string) => Record<string, string>;
};

/** Where the updates of one account go. Asked at every try, so that a changed account counts at once. */
export type Outlet = {
  readonly key: string;
  readonly target: (updates: readonly Update[]) => Target | null;
  readonly render: (updates: readonly Update[]) => string;
  /** Most updates in one call, where the provider has a limit of its own. */
  readonly batchMax?: number;
  /** Whether a call that failed for the nth time is repeated. Without it: until `retryForMs`. */
  readonly repeats?: (updates: readonly Update[], tries: number, answer: CallAnswer) => boolean;
};

export type Callbacks = {
  /** Queues an update; it goes out in a batch, and again and again until it is answered with 2xx. */
  readonly push: (outlet: Outlet, update: Update) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly paused: () => boolean;
  /** Updates that wait, are under way, or wait for a repeat. */
  readonly pending: () => number;
  readonly clear: () => void;
};

type Mailbox = { readonly outlet: Outlet; waiting: Update[]; bytes: number; flushing: boolean; inFlight: number };
type Batch = {
  readonly outlet: Outlet;
  readonly body: string;
  readonly told: readonly Update[];
  readonly updates: number;
  readonly sinceMs: number;
  tries: number;
};

/** Meta's limit for one webhook body is 3 MB; the rest of it is left to the envelope. */
const BATCH_BYTES_MAX = 2_900_000;

export type CallbacksDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly stats: Stats;
  readonly timers: Timers;
  readonly http: HttpCaller;
  readonly timing: () => Timing;
};

/** Delivers what the providers tell: in batches, at least once, in no promised order, like the real ones. */
export function createCallbacks({ clock, random, log, stats, timers, http, timing }: CallbacksDeps): Callbacks {
  const mailboxes = new Map<string, Mailbox>();
  let isPaused = false;
  let pending = 0;
  let epoch = 0;

  function enqueue(outlet: Outlet, update: Update): void {
    if (outlet.target([update]) === null) {
      stats.withoutWebhook(1);
      return;
    }
    let mailbox = mailboxes.get(outlet.key);
    if (mailbox === undefined) {
      mailbox = { outlet, waiting: [], bytes: 0, flushing: false, inFlight: 0 };
      mailboxes.set(outlet.key, mailbox);
    }
    mailbox.waiting.push(update);
    mailbox.bytes += bytesOf(update);
    pending++;
    schedule(mailbox);
  }

  function schedule(mailbox: Mailbox): void {
    if (isPaused || mailbox.waiting.length === 0) return;
    const { batchMax, batchWaitMs } = timing();
    if (batchWaitMs === 0 || mailbox.waiting.length >= batchMax || mailbox.bytes >= BATCH_BYTES_MAX) {
      pump(mailbox);
    } else if (!mailbox.flushing) {
      mailbox.flushing = true;
      timers.at(clock.now() + batchWaitMs, () => {
        mailbox.flushing = false;
        pump(mailbox);
      });
    }
  }

  /** Sends what waits as far as connections allow; the rest goes when one of them is free again. */
  function pump(mailbox: Mailbox): void {
    const { concurrency } = timing();
    const batchMax = Math.min(timing().batchMax, mailbox.outlet.batchMax ?? Infinity);
    if (isPaused) return;
    while (mailbox.waiting.length > 0 && mailbox.inFlight < concurrency) {
      const updates = takeBatch(mailbox, batchMax);
      void send(mailbox, {
        outlet: mailbox.outlet,
        body: mailbox.outlet.render(updates),
        told: updates,
        updates: updates.length,
        sinceMs: clock.now(),
        tries: 0,
      });
    }
  }

  async function send(mailbox: Mailbox, batch: Batch): Promise<void> {
    const ofEpoch = epoch;
    const target = batch.outlet.target(batch.told);
    if (target === null) {
      pending -= batch.updates;
      stats.withoutWebhook(batch.updates);
      return;
    }
    mailbox.inFlight++;
    batch.tries++;
    const answer = await http.call('POST', target.url, target.headers(batch.body), batch.body);
    mailbox.inFlight--;
    if (ofEpoch !== epoch) return;
    if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) {
      pending -= batch.updates;
      stats.post('delivered', batch.updates);
    } else {
      stats.post('failed', batch.updates);
      repeatLater(mailbox, batch, answer);
    }
    // A free connection takes what gathered meanwhile without waiting for company.
    pump(mailbox);
  }

  function repeatLater(mailbox: Mailbox, batch: Batch, answer: CallAnswer): void {
    const { retryFirstMs, retryFactor, retryMaxMs, retryForMs } = timing();
    const pauseMs = Math.min(retryFirstMs * retryFactor ** (batch.tries - 1), retryMaxMs);
    const got = answer.kind === 'answered' ? { status: answer.status } : { error: answer.error };
    const isOver = batch.outlet.repeats?.(batch.told, batch.tries, answer) === false;
    if (isOver || clock.now() + pauseMs - batch.sinceMs > retryForMs) {
      pending -= batch.updates;
      stats.abandoned(batch.updates);
      log.warn(
        { account: batch.outlet.key, updates: batch.updates, tries: batch.tries, ...got },
        'sandbox: webhook gave no 2xx for too long, updates dropped',
      );
      return;
    }
    log.warn(
      { account: batch.outlet.key, tries: batch.tries, nextInMs: pauseMs, ...got },
      'sandbox: webhook did not answer with 2xx, will repeat',
    );
    const again = (): void => {
      // While paused a repeat stays due and looks again; it must not overtake the pause.
      if (isPaused) timers.at(clock.now() + 50, again);
      else void send(mailbox, batch);
    };
    timers.at(clock.now() + pauseMs, again);
  }

  return {
    push(outlet, update) {
      const { duplicateShare, reorderShare, reorderMs } = timing();
      const later = (): void => {
        pending++;
        timers.at(clock.now() + reorderMs, () => {
          pending--;
          enqueue(outlet, update);
        });
      };
      if (duplicateShare > 0 && random() < duplicateShare) later();
      if (reorderShare > 0 && random() < reorderShare) later();
      else enqueue(outlet, update);
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      for (const mailbox of mailboxes.values()) pump(mailbox);
    },
    paused: () => isPaused,
    pending: () => pending,
    clear() {
      epoch++;
      pending = 0;
      mailboxes.clear();
    },
  };
}

function takeBatch(mailbox: Mailbox, batchMax: number): Update[] {
  let count = 0;
  let bytes = 0;
  for (const update of mailbox.waiting) {
    if (count === batchMax || (count > 0 && bytes + bytesOf(update) > BATCH_BYTES_MAX)) break;
    bytes += bytesOf(update);
    count++;
  }
  mailbox.bytes -= bytes;
  if (count === mailbox.waiting.length) {
    const all = mailbox.waiting;
    mailbox.waiting = [];
    return all;
  }
  return mailbox.waiting.splice(0, count);
}

/** Rendered updates are ASCII: characters are bytes. */
function bytesOf({ json, extra }: Update): number {
  return json.length + (extra?.length ?? 0);
}
