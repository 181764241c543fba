// Puts one text straight into posthorn's Redis, from a process that is trusted with its keys:
// REDIS_URL=… POSTHORN_SEALING_KEYS=… POSTHORN_LOOKUP_KEY=… node enqueue.ts <channel> <to> <text> <key>
import { createProducer, PosthornError } from '@posthorn/producer';

const [channelId = '', to = '', text = '', idempotencyKey = ''] = process.argv.slice(2);
const { env } = process;
const producer = await createProducer({
  redisUrl: env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  sealingKeys: env['POSTHORN_SEALING_KEYS'] ?? '',
  lookupKey: env['POSTHORN_LOOKUP_KEY'] ?? '',
  tenantId: env['POSTHORN_TENANT'] ?? 'default',
  log: process.stderr,
});

try {
  // Under a key the producer repeats what had no answer while Redis was away, and nothing is enqueued twice; HTTP knows the same keys.
  const message = { channelId, to, content: { type: 'text', body: text } } as const;
  console.log(JSON.stringify(await producer.send(message, { idempotencyKey })));
} catch (error) {
  if (!(error instanceof PosthornError)) throw error;
  console.log(JSON.stringify({ refused: error.code, errors: error.problem.errors ?? [] }));
  process.exitCode = 1;
} finally {
  await producer.close();
}
