import type { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '@posthorn/runtime';

/** What a worker tells Prometheus. Labels are few and bounded: providers and codes, never ids or addresses. */
export interface WorkerMetrics {
  readonly attempts: Counter;
  readonly served: Gauge;
  readonly sendSeconds: Histogram;
  readonly webhookEntries: Counter;
  readonly deadLetters: Counter;
  readonly storms: Counter;
  readonly receipts: Counter;
  readonly onboardingSteps: Counter;
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20];

export function createWorkerMetrics(metrics: Metrics): WorkerMetrics {
  return {
    attempts: metrics.counter({
      name: 'posthorn_send_attempts_total',
      help: 'Provider calls, by what was done about their outcome (done, later, hold, dead) and the failure code.',
      labelNames: ['provider', 'outcome', 'code'],
    }),
    served: metrics.gauge({
      name: 'posthorn_served_channels',
      help: 'Channels that this process serves.',
      labelNames: ['provider'],
    }),
    sendSeconds: metrics.histogram({
      name: 'posthorn_send_duration_seconds',
      help: 'How long provider calls took.',
      labelNames: ['provider'],
      buckets: secondsBuckets,
    }),
    webhookEntries: metrics.counter({
      name: 'posthorn_webhook_entries_total',
      help: 'What the entries of webhook calls became: messages, statuses, news, unmatched, unrecognised, repeats.',
      labelNames: ['provider', 'kind'],
    }),
    deadLetters: metrics.counter({
      name: 'posthorn_dead_letters_total',
      help: 'Messages that will not be tried again by themselves, by failure code.',
      labelNames: ['provider', 'code'],
    }),
    storms: metrics.counter({
      name: 'posthorn_storms_total',
      help: 'Channels paused because the same permanent failure ended message after message, by failure code.',
      labelNames: ['provider', 'code'],
    }),
    receipts: metrics.counter({
      name: 'posthorn_receipts_total',
      help: 'Read receipts and typing, by kind and what became of them: told, refused, given_up.',
      labelNames: ['provider', 'kind', 'outcome'],
    }),
    onboardingSteps: metrics.counter({
      name: 'posthorn_onboarding_steps_total',
      help: 'Steps of onboardings, by stage and outcome: worked, waits, failed.',
      labelNames: ['provider', 'stage', 'outcome'],
    }),
  };
}
