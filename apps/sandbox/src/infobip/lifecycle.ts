import type { FaultAction } from '../faults.ts';
import type { Timing } from '../timing.ts';
import type { InfobipContext, Line } from './context.ts';
import { outletOf, toDate } from './outlets.ts';
import type { Asked } from './read-send.ts';
import { failureOf, noError, statusOf } from './statuses.ts';

export type Step =
  | { readonly kind: 'sent' | 'delivered' | 'read' }
  | { readonly kind: 'failed'; readonly code: number };

/** Which reports come, in order. A fault rule overrules what the message itself would get. */
export function stepsOf(
  failure: number | null,
  action: FaultAction | null,
  timing: Timing,
  intermediate: boolean,
): readonly Step[] {
  if (action?.kind === 'statuses') {
    return action.order.flatMap((status): Step[] => {
      if (status === 'failed') return [{ kind: 'failed', code: 7050 }];
      return status === 'played' || status === 'deleted' ? [] : [{ kind: status }];
    });
  }
  const sent: readonly Step[] = intermediate ? [{ kind: 'sent' }] : [];
  if (action?.kind === 'fail_later') {
    return [...(action.afterSent ? [{ kind: 'sent' } as const] : []), { kind: 'failed', code: action.code }];
  }
  if (failure !== null) return [{ kind: 'failed', code: failure }];
  return [...sent, { kind: 'delivered' }, ...(timing.readMs === null ? [] : [{ kind: 'read' } as const])];
}

/** A message that was taken. */
export type Taken = {
  readonly asked: Asked;
  readonly messageId: string;
  readonly atMs: number;
  readonly isOmni: boolean;
};

/** Tells the reports of a message one after the other, each in its time. */
export function createLifecycle({ clock, random, timers, callbacks, timing, lines }: InfobipContext) {
  return function begin(line: Line, taken: Taken, steps: readonly Step[]): void {
    const { sender } = line.account;
    const now = () => lines.get(sender)?.account;

    function next(at: number): void {
      const step = steps[at];
      if (step === undefined) return;
      timers.at(clock.now() + waitMsOf(step, timing()) + random() * timing().jitterMs, () => {
        const kind = step.kind === 'read' ? 'seen' : 'delivery';
        const told = step.kind === 'read' ? seen(taken, sender, clock.now()) : report(taken, step, clock.now());
        const outlet = outletOf(line, kind, taken.asked.notifyUrl, now);
        if (taken.asked.notify) callbacks.push(outlet, { group: kind, json: JSON.stringify(told) });
        next(at + 1);
      });
    }
    next(0);
  };
}

function waitMsOf({ kind }: Step, timing: Timing): number {
  if (kind === 'delivered') return timing.deliveredMs;
  return kind === 'read' ? (timing.readMs ?? 0) : timing.sentMs;
}

function report({ asked, messageId, atMs, isOmni }: Taken, step: Exclude<Step, { kind: 'read' }>, nowMs: number) {
  const told =
    step.kind === 'failed' ? failureOf(step.code) : { status: statusOf(step.kind === 'sent' ? 2 : 5), error: noError };
  return {
    bulkId: '',
    messageId,
    to: asked.to,
    sentAt: toDate(atMs),
    doneAt: toDate(nowMs),
    messageCount: 1,
    price: { pricePerMessage: 0.01, currency: 'EUR' },
    ...told,
    ...(isOmni && { channel: 'WHATSAPP', mccMnc: null }),
    ...(asked.callbackData !== null && { callbackData: asked.callbackData }),
    contact: { phoneNumber: asked.to },
  };
}

function seen({ asked, messageId, atMs, isOmni }: Taken, sender: string, nowMs: number) {
  return {
    messageId,
    from: asked.to,
    to: sender,
    [isOmni ? 'sendAt' : 'sentAt']: toDate(atMs),
    seenAt: toDate(nowMs),
  };
}
