import type { Clock, Random } from '@posthorn/runtime';
import type { Callbacks, Outlet } from '../callbacks.ts';
import type { FaultAction } from '../faults.ts';
import type { Timers } from '../timers.ts';
import type { Timing } from '../timing.ts';
import { webhookError } from './errors.ts';
import { asciiJson } from './webhook-body.ts';

export type StatusName = 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'deleted';

/** What the statuses of a taken message are made of. */
export type TakenMessage = {
  readonly wamid: string;
  /** `recipient_id` or `recipient_user_id`, whichever the message was sent to. */
  readonly recipient: Readonly<Record<string, string>>;
  readonly callbackData: string | null;
  readonly pricing: Readonly<Record<string, unknown>>;
  readonly conversation: { readonly id: string; readonly expiresMs: number; readonly origin: string } | null;
};

type Failure = { readonly code: number; readonly details?: string | undefined };
export type Step = { readonly status: StatusName; readonly failure?: Failure };

/** What the message is, as far as its statuses depend on it. */
export type Fate = { readonly reaction: boolean; readonly voice: boolean; readonly failure: Failure | null };

/** Which statuses come, in order. A fault rule overrules what the message itself would get. */
export function stepsOf(fate: Fate, action: FaultAction | null, timing: Timing): readonly Step[] {
  if (action?.kind === 'statuses') {
    return action.order.map((status) => (status === 'failed' ? { status, failure: { code: 131000 } } : { status }));
  }
  if (action?.kind === 'fail_later') {
    const failed: Step = { status: 'failed', failure: action };
    return action.afterSent ? [{ status: 'sent' }, failed] : [failed];
  }
  if (fate.failure !== null) return [{ status: 'failed', failure: fate.failure }];
  if (fate.reaction) return [{ status: 'sent' }];
  const steps: Step[] = [{ status: 'sent' }, { status: 'delivered' }];
  if (timing.readMs !== null) steps.push({ status: 'read' });
  if (timing.readMs !== null && timing.playedMs !== null && fate.voice) steps.push({ status: 'played' });
  return steps;
}

export type LifecycleDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly callbacks: Callbacks;
  readonly timing: () => Timing;
};

/** Tells the statuses of a message one after the other, each in its time. */
export function createLifecycle({ clock, random, timers, callbacks, timing }: LifecycleDeps) {
  return function begin(message: TakenMessage, outlet: Outlet, steps: readonly Step[]): void {
    const priced = steps.findIndex(({ status }) => status === 'delivered' || status === 'read');

    function next(at: number): void {
      const step = steps[at];
      if (step === undefined) return;
      timers.at(clock.now() + waitMsOf(step.status, timing()) + random() * timing().jitterMs, () => {
        const withPricing = step.status === 'sent' || at === priced;
        callbacks.push(outlet, { group: 'statuses', json: renderStatus(message, step, clock.now(), withPricing) });
        next(at + 1);
      });
    }
    next(0);
  };
}

function waitMsOf(status: StatusName, timing: Timing): number {
  switch (status) {
    case 'sent':
    case 'failed':
    case 'deleted':
      return timing.sentMs;
    case 'delivered':
      return timing.deliveredMs;
    case 'read':
      return timing.readMs ?? 0;
    case 'played':
      return timing.playedMs ?? 0;
    default:
      return status satisfies never;
  }
}

function renderStatus(message: TakenMessage, { status, failure }: Step, nowMs: number, withPricing: boolean): string {
  const { conversation } = message;
  const expiry =
    conversation !== null && status === 'sent' ? { expiration_timestamp: seconds(conversation.expiresMs) } : {};
  return asciiJson({
    id: message.wamid,
    status,
    timestamp: seconds(nowMs),
    ...message.recipient,
    ...(message.callbackData === null ? {} : { biz_opaque_callback_data: message.callbackData }),
    ...(conversation === null || !withPricing
      ? {}
      : { conversation: { id: conversation.id, ...expiry, origin: { type: conversation.origin } } }),
    ...(withPricing ? { pricing: message.pricing } : {}),
    ...(failure === undefined ? {} : { errors: [webhookError(failure.code, failure.details)] }),
  });
}

function seconds(atMs: number): string {
  return String(Math.floor(atMs / 1000));
}
