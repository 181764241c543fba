import { createServer } from 'node:http';
import { once } from 'node:events';
import { createProbes, type ProbeDeps } from './create-probes.ts';

/** Where the probes listen; port 0 takes a free one. */
export interface ProbeServerDeps extends ProbeDeps {
  readonly host: string;
  readonly port: number;
}

/** A small server for apps without an HTTP side: /livez, /readyz, /metrics. */
export interface ProbeServer {
  readonly listen: () => Promise<{ readonly url: string }>;
  /** Not ready from now on. */
  readonly stopping: () => void;
  readonly close: () => Promise<void>;
}

/** Makes the server; it answers after `listen`. */
export function createProbeServer({ host, port, ...deps }: ProbeServerDeps): ProbeServer {
  const probes = createProbes(deps);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    probes.answer(path).then(
      (answer) => {
        const { status, contentType, body } = answer ?? {
          status: 404,
          contentType: 'text/plain',
          body: 'Try /livez, /readyz or /metrics.\n',
        };
        response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
      },
      (error: unknown) => {
        deps.log.error({ err: error, path }, 'a probe could not be answered');
        response.writeHead(500).end();
      },
    );
  });
  return {
    async listen() {
      server.listen(port, host);
      await once(server, 'listening');
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}` };
    },
    stopping: probes.stopping,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
