import type { Metrics } from '@posthorn/runtime';

export type IngressMetrics = ReturnType<typeof createIngressMetrics>;

/** What is counted here. Labels are few and bounded: no ids, no addresses. */
export function createIngressMetrics(metrics: Metrics) {
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  return {
    accepted: metrics.counter({
      name: 'posthorn_messages_accepted_total',
      help: 'Messages accepted over HTTP; repeats under the same idempotency key are not counted.',
      labelNames: ['provider', 'lane'],
    }),
    refused: metrics.counter({
      name: 'posthorn_requests_refused_total',
      help: 'Requests and items of batches answered with a problem, by its code.',
      labelNames: ['code'],
    }),
    acceptSeconds: metrics.histogram({
      name: 'posthorn_accept_duration_seconds',
      help: 'From the arrival of a send request to its answer; a batch counts once.',
      buckets,
    }),
    webhooksReceived: metrics.counter({
      name: 'posthorn_webhooks_received_total',
      help: 'Webhook calls stored and answered with 200.',
      labelNames: ['provider'],
    }),
    webhooksRejected: metrics.counter({
      name: 'posthorn_webhooks_rejected_total',
      help: 'Webhook calls not taken, by reason.',
      labelNames: ['provider', 'reason'],
    }),
    webhookSeconds: metrics.histogram({
      name: 'posthorn_webhook_duration_seconds',
      help: 'From the arrival of a webhook call to its answer.',
      buckets,
    }),
  };
}
