// Sends one text and tells what became of it: POSTHORN_URL=… POSTHORN_API_KEY=… node send.ts <channel> <to> <text> <key>
import { createClient, PosthornError } from '@posthorn/client';

const [channelId = '', to = '', text = '', idempotencyKey = ''] = process.argv.slice(2);
const posthorn = createClient({
  url: process.env['POSTHORN_URL'] ?? 'http://127.0.0.1:8080',
  apiKey: process.env['POSTHORN_API_KEY'] ?? '',
});

try {
  // The key is yours, and the same for the same message: an order number. With it the client repeats the send where no answer comes.
  const { id } = await posthorn.send({ channelId, to, content: { type: 'text', body: text } }, { idempotencyKey });
  const { status } = await posthorn.get(id);
  console.log(JSON.stringify({ id, status }));
} catch (error) {
  if (!(error instanceof PosthornError)) throw error;
  console.log(JSON.stringify({ refused: error.code, errors: error.problem.errors ?? [] }));
  process.exitCode = 1;
}
