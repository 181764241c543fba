/** The naive app's worker: one HTTP call per job. With NAIVE_CALL empty it does nothing, which is BullMQ by itself. */
import { createServer } from 'node:http';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { request } from 'undici';
import { z } from 'zod';
import { readNaiveConfig } from './config.ts';

const config = readNaiveConfig(process.env);
const redis = new Redis(config.REDIS_URL, { maxRetriesPerRequest: null, connectionName: 'naive-worker' });
const message = z.object({ to: z.string(), content: z.object({ body: z.string() }) });
let finished: [to: string, at: number][] = [];

const worker = new Worker(
  config.NAIVE_QUEUE,
  async (job) => {
    const { to, content } = message.parse(job.data);
    if (config.NAIVE_CALL !== '') {
      const answer = await request(config.NAIVE_CALL, {
        method: 'POST',
        headers: { authorization: `Bearer ${config.NAIVE_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          messaging_product: 'whatsapp',
          to: to.slice(1),
          type: 'text',
          text: { body: content.body },
        }),
      });
      await answer.body.json();
      if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
    }
    finished.push([to, Date.now()]);
  },
  { connection: redis, concurrency: config.NAIVE_CONCURRENCY, removeOnComplete: { count: config.NAIVE_KEEP } },
);
worker.on('error', (error) => console.error(error.message));

// Who finished when, since it was last asked.
const server = createServer((_request, response) => {
  response.end(JSON.stringify(finished));
  finished = [];
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${address.port}` }));
  }
});
process.once('SIGTERM', () => {
  server.close();
  void worker.close().then(() => redis.disconnect());
});
