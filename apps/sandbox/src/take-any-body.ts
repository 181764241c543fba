import type { FastifyInstance } from 'fastify';

/**
 * Takes any body: a form as its text, JSON as its value, null where it cannot be read. What is wrong is refused by the route, in the
 * provider's shape and with its place in the history. Anything else is drained.
 */
export function takeAnyBody(api: FastifyInstance): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) =>
    done(null, String(text)),
  );
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) =>
    done(null, jsonOf(String(text))),
  );
  api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _bytes, done) => done(null, null));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
