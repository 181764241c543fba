// Receives the events of a subscription: POSTHORN_WEBHOOK_SECRET=whsec_… node receive.ts [port]
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { verifyWebhook } from '@posthorn/client';

// While a secret is rotated, both: with a space between.
const secrets = (process.env['POSTHORN_WEBHOOK_SECRET'] ?? '').split(' ');
const seen = new Set<string>();

const server = createServer(async (request, response) => {
  const verdict = verifyWebhook({ secrets, headers: request.headers, body: await buffer(request) });
  if (verdict.kind === 'refused') {
    response.writeHead(401).end();
    return;
  }
  // The same event may come again: its id tells. A program of yours keeps it where it keeps its work.
  const { id, type } = verdict.event;
  if (!seen.has(id)) console.log(JSON.stringify({ id, type }));
  seen.add(id);
  response.writeHead(204).end();
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(JSON.stringify(server.address())));
