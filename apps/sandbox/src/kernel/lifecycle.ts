import type { FaultAction } from '../faults.ts';
import type { Timing } from '../timing.ts';
import type { KernelContext, Line } from './context.ts';
import type { Send } from './read-send.ts';

type Word = 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'deleted';
export type Step = { readonly status: Word; readonly code?: number };

/** Which statuses come, in order. A fault rule overrules what the message itself would get. */
export function stepsOf(
  { type, voice }: Pick<Send, 'type' | 'voice'>,
  failure: number | null,
  action: FaultAction | null,
  timing: Timing,
): readonly Step[] {
  if (action?.kind === 'statuses') {
    return action.order.map((status) => (status === 'failed' ? { status, code: 500 } : { status }));
  }
  if (action?.kind === 'fail_later') {
    const failed: Step = { status: 'failed', code: action.code };
    return action.afterSent ? [{ status: 'sent' }, failed] : [failed];
  }
  if (failure !== null) return [{ status: 'failed', code: failure }];
  if (type === 'reaction') return [{ status: 'sent' }];
  const steps: Step[] = [{ status: 'sent' }, { status: 'delivered' }];
  if (timing.readMs !== null) steps.push({ status: 'read' });
  if (timing.readMs !== null && timing.playedMs !== null && voice) steps.push({ status: 'played' });
  return steps;
}

export type Taken = { readonly id: string; readonly to: string; readonly callbackData: string | null };

/** Tells the statuses of a message one after the other, each in its time. */
export function createLifecycle({ clock, random, timers, callbacks, timing }: KernelContext) {
  return function begin(line: Line, taken: Taken, steps: readonly Step[]): void {
    function next(at: number): void {
      const step = steps[at];
      if (step === undefined) return;
      timers.at(clock.now() + waitMsOf(step.status, timing()) + random() * timing().jitterMs, () => {
        const json = JSON.stringify(render(line, taken, step, clock.now()));
        callbacks.push(line.outlet, { group: 'statuses', json });
        next(at + 1);
      });
    }
    next(0);
  };
}

function waitMsOf(status: Word, timing: Timing): number {
  if (status === 'delivered') return timing.deliveredMs;
  if (status === 'read') return timing.readMs ?? 0;
  return status === 'played' ? (timing.playedMs ?? 0) : timing.sentMs;
}

function render({ account }: Line, { id, to, callbackData }: Taken, { status, code }: Step, nowMs: number): unknown {
  return {
    id,
    recipient_id: to,
    status,
    timestamp: String(Math.floor(nowMs / 1000)),
    ...(status === 'sent' && { conversation: { id: 'c1' }, pricing: { billable: true, pricing_model: 'CBP' } }),
    ...(account.version === 'v2' && callbackData !== null && { biz_opaque_callback_data: callbackData }),
    ...(code !== undefined && { errors: [{ code, title: 'Message failed', details: 'Played by the sandbox' }] }),
  };
}
