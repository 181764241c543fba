import type { FaultAction } from '../faults.ts';
import type { Timing } from '../timing.ts';
import { callUpdate } from './call.ts';
import type { KeptMessage, Line, TwilioContext } from './context.ts';
import { wordsOf } from './errors.ts';

type Word = 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered' | 'canceled';
type Step = { readonly status: Word; readonly code?: number };

/** Which statuses come, in order. A fault rule overrules what the message itself would get. */
export function stepsOf(failure: number | null, action: FaultAction | null, timing: Timing): readonly Step[] {
  if (action?.kind === 'statuses') {
    return action.order.flatMap((status): Step[] => {
      if (status === 'failed') return [{ status, code: 30008 }];
      return status === 'played' || status === 'deleted' ? [] : [{ status }];
    });
  }
  if (action?.kind === 'fail_later') {
    const failed: Step = { status: action.afterSent ? 'undelivered' : 'failed', code: action.code };
    return [{ status: 'queued' }, ...(action.afterSent ? [{ status: 'sent' } as const] : []), failed];
  }
  if (failure !== null) return [{ status: 'queued' }, { status: 'undelivered', code: failure }];
  const steps: Step[] = [{ status: 'queued' }, { status: 'sent' }, { status: 'delivered' }];
  return timing.readMs === null ? steps : [...steps, { status: 'read' }];
}

/** Tells the statuses of a message one after the other, each in its time; the first one leaves after `queuedMs` in the queue. */
export function createLifecycle({ clock, random, timers, callbacks, timing }: TwilioContext) {
  return function begin(
    line: Line,
    message: KeptMessage,
    statusCallback: string | null,
    steps: readonly Step[],
    queuedMs: number,
  ): void {
    const url = statusCallback ?? line.account.statusCallbackUrl;

    function next(at: number, extraMs: number): void {
      const step = steps[at];
      if (step === undefined) return;
      const isQueued = step.status === 'queued';
      const waitMs = isQueued ? 0 : waitMsOf(step.status, timing()) + random() * timing().jitterMs + extraMs;
      timers.at(clock.now() + waitMs, () => {
        message.status = step.status;
        message.errorCode = step.code ?? null;
        callbacks.push(line.outlet, callUpdate(url, fieldsOf(line, message, step)));
        next(at + 1, isQueued ? extraMs : 0);
      });
    }
    next(0, queuedMs);
  };
}

function waitMsOf(status: Word, timing: Timing): number {
  if (status === 'delivered') return timing.deliveredMs;
  return status === 'read' ? (timing.readMs ?? 0) : timing.sentMs;
}

const eventByStatus: ReadonlyMap<Word, string> = new Map([
  ['delivered', 'DELIVERED'],
  ['read', 'READ'],
  ['undelivered', 'UNDELIVERED'],
]);

function fieldsOf({ account }: Line, message: KeptMessage, { status, code }: Step): Record<string, string> {
  const event = eventByStatus.get(status);
  return {
    ChannelPrefix: 'whatsapp',
    ChannelInstallSid: 'XE00000000000000000000000000000001',
    ChannelToAddress: message.to,
    ApiVersion: '2010-04-01',
    MessageSid: message.sid,
    SmsSid: message.sid,
    MessageStatus: status,
    SmsStatus: status,
    AccountSid: account.accountSid,
    From: `whatsapp:${message.from}`,
    To: `whatsapp:${message.to}`,
    StructuredMessage: 'false',
    ...(event !== undefined && { EventType: event }),
    ...(message.messagingServiceSid !== null && { MessagingServiceSid: message.messagingServiceSid }),
    ...(code !== undefined && {
      ErrorCode: String(code),
      ErrorMessage: wordsOf(code),
      ChannelStatusMessage: wordsOf(code),
    }),
  };
}
