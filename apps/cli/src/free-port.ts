import { once } from 'node:events';
import { createServer } from 'node:net';

/** The port to listen on: the one given, or for 0 a free one, so that others can be told of it before anything listens there. */
export async function freePort(port: number, host: string): Promise<number> {
  if (port !== 0) return port;
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port was found');
  return address.port;
}
