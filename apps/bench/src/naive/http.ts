/** The naive app's route: a job with the whole message in it, and an answer. Nothing is checked, sealed or kept. */
import { Queue } from 'bullmq';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { readNaiveConfig } from './config.ts';

const config = readNaiveConfig(process.env);
const redis = new Redis(config.REDIS_URL, { maxRetriesPerRequest: null, connectionName: 'naive-http' });
const queue = new Queue(config.NAIVE_QUEUE, { connection: redis });
const app = Fastify({ logger: false, forceCloseConnections: true });
app.post('/v1/messages', async (request, reply) => {
  const job = await queue.add('send', request.body);
  return reply.code(202).send({ id: job.id });
});
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ url: app.listeningOrigin }));
process.once('SIGTERM', () => {
  void app.close().then(async () => {
    await queue.close();
    redis.disconnect();
  });
});
