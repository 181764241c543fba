import type { ContentRetention } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import type { createDeliverEvent } from '@posthorn/forwarding';
import { renderEvent } from '@posthorn/forwarding';
import type { Ledger } from '@posthorn/ledger';
import type { EventEnvelope } from '@posthorn/message';
import { eventEnvelopeSchema } from '@posthorn/message';
import type { EventJob, JobEnd } from '@posthorn/queue';
import type { Clock, Log, Random } from '@posthorn/runtime';
import type { DeliveryLog, Subscription, SubscriptionRegistry } from '@posthorn/subscription';
import { activeSecrets, isStanding } from '@posthorn/subscription';
import type { ForwarderMetrics } from './forwarder-metrics.ts';

export interface ProcessEventDeps {
  readonly subscriptions: Pick<SubscriptionRegistry, 'get'>;
  readonly channels: Pick<ChannelRegistry, 'get' | 'refresh' | 'isGone'>;
  readonly ledger: Pick<Ledger, 'event'>;
  /** Nothing more is told of this event to this subscriber. */
  readonly releaseContent: (job: EventJob) => Promise<void>;
  readonly retention: ContentRetention;
  readonly deliveries: DeliveryLog;
  readonly deliver: ReturnType<typeof createDeliverEvent>;
  readonly stopSubscription: (subscription: Subscription, state: 'held' | 'disabled') => Promise<void>;
  readonly told: ForwarderMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A subscription that was stopped with this job under way: it waits for the next consumer. */
const standingMs = 5_000;
/** A key may be missing, or a newer release is being rolled out. */
const unknownMs = 60_000;

interface Rendered {
  readonly envelope: EventEnvelope;
  readonly traceparent: string | null;
}

/**
 * One attempt for one event: render, sign, post, write down what the receiver said, and decide. A receiver that asked for quiet has it
 * for all its events; that costs no attempt.
 */
export function createProcessEvent(deps: ProcessEventDeps): (job: EventJob, signal: AbortSignal) => Promise<JobEnd> {
  const { subscriptions, channels, deliveries, deliver, told, clock, random, log } = deps;

  return async (job, signal) => {
    const subscription = subscriptions.get(job.subscriptionId);
    if (subscription === null) return { kind: 'done' };
    if (isStanding(subscription)) return { kind: 'later', afterMs: standingMs };
    const [calmMs, rendered] = await Promise.all([deliveries.calmForMs(subscription.id), render(job)]);
    if (calmMs > 0) return { kind: 'later', afterMs: calmMs * (1 + 0.1 * random()) };
    if (rendered === 'gone') {
      log.info({ subscriptionId: subscription.id, type: job.type }, 'an event was let go: its channel was removed');
      return { kind: 'done' };
    }
    if (rendered === 'unknown') {
      log.warn(
        { subscriptionId: subscription.id, type: job.type },
        'an event cannot be told now: its channel cannot be opened here, or its type is of a newer release; it comes back',
      );
      return { kind: 'later', afterMs: unknownMs };
    }

    const { url, id } = subscription;
    const firstAt = job.firstAt ?? clock.now();
    const { verdict, attempt } = await deliver(
      { url, secrets: activeSecrets(subscription, clock.now()), failed: job.failed, ...rendered },
      signal,
    );
    // Stopped or taken over in the middle of the call: no verdict on the receiver. Somebody does it again, under the same id.
    if (signal.aborted) return { kind: 'later', afterMs: 1 };
    const at = clock.now();
    const line = {
      op: 'deliver',
      subscriptionId: id,
      eventId: rendered.envelope.id,
      type: job.type,
      attempt: job.failed + 1,
      outcome: verdict.kind,
      status: attempt.status,
      ...(attempt.reason !== null && { reason: attempt.reason }),
      durationMs: attempt.durationMs,
    };
    log.info(line, 'event posted');
    told.deliveries.inc({ outcome: verdict.kind === 'later' ? 'failed' : verdict.kind });
    told.deliverySeconds.observe(attempt.durationMs / 1_000);
    if (verdict.kind === 'delivered') told.eventSeconds.observe(Math.max(0, at - job.at) / 1_000);
    await deliveries.add(id, {
      eventId: rendered.envelope.id,
      type: job.type,
      at,
      attempt: job.failed + 1,
      outcome: verdict.kind,
      ...attempt,
      // What a receiver says may quote what it was told.
      answer: (await deps.retention.of(subscription.tenantId)) === 0 ? null : attempt.answer,
      nextAt: verdict.kind === 'later' ? at + verdict.afterMs : null,
    });

    if (verdict.kind !== 'later') await deps.releaseContent(job);
    switch (verdict.kind) {
      case 'delivered':
        return { kind: 'done' };
      case 'later':
        if (verdict.calmMs > 0) await deliveries.calm(id, verdict.calmMs);
        return { kind: 'later', afterMs: verdict.afterMs, payload: { ...job, failed: job.failed + 1, firstAt } };
      case 'dead':
        if (verdict.code === 'receiver_gone') await deps.stopSubscription(subscription, 'disabled');
        else if ((await deliveries.lastGoodAt(id)) < firstAt) await deps.stopSubscription(subscription, 'held');
        return { kind: 'dead', reason: verdict.code };
      default:
        return verdict satisfies never;
    }
  };

  async function render(job: EventJob): Promise<Rendered | 'gone' | 'unknown'> {
    if (job.kind === 'own') {
      const { eventId: id, type, at, data } = job;
      const envelope = eventEnvelopeSchema.parse({ id, version: 1, type, timestamp: new Date(at).toISOString(), data });
      return { envelope, traceparent: null };
    }
    // Another forwarder fanned it out, and may have known the channel before this one.
    if (channels.get(job.channelId) === null) await channels.refresh();
    const channel = channels.get(job.channelId);
    if (channel === null) return (await channels.isGone(job.channelId)) ? 'gone' : 'unknown';
    const event = await deps.ledger.event(channel, job);
    return event === null ? 'unknown' : { envelope: renderEvent(event, channel), traceparent: event.traceparent };
  }
}
