import { problemTypeBase } from '@posthorn/runtime';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { problemGuide, type GuideEntry } from './problem-guide.ts';

/** The pages that the `type` of a problem leads to; open to everybody, and the same everywhere. */
export function problemRoutes(app: FastifyInstance): void {
  app.get('/problems', { schema: { hide: true } }, async (_request, reply) =>
    show(
      reply,
      'Problems',
      `<p>What the API answers when it does not do what it was asked: problem details (RFC 9457), with one of these codes.</p><ul>${Object.entries(
        problemGuide,
      )
        .map(([code, { status }]) => `<li><a href="${problemTypeBase}${code}">${code}</a> (${status})</li>`)
        .join('')}</ul>`,
    ),
  );
  app.get<{ Params: { code: string } }>(
    `${problemTypeBase}:code`,
    { schema: { hide: true } },
    async (request, reply) => {
      const entry = Object.entries(problemGuide).find(([code]) => code === request.params.code);
      if (entry === undefined) return reply.callNotFound();
      return await show(reply, entry[0], entryBody(entry[1]));
    },
  );
}

function entryBody({ status, happened, todo }: GuideEntry): string {
  return `<h2>What happened</h2><p>${escaped(happened)}</p><h2>What to do</h2><p>${escaped(todo)}</p>
<p class="more">HTTP status ${status}. <a href="/problems">All problems</a>, <a href="/docs">the API description</a>.</p>`;
}

async function show(reply: FastifyReply, title: string, body: string): Promise<FastifyReply> {
  return await reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'public, max-age=3600')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
    .send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · posthorn</title><style>${style}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`);
}

const style = `:root{color-scheme:light dark}body{margin:0;font:16px/1.55 system-ui,sans-serif}
main{max-width:42rem;margin:0 auto;padding:2rem 1.25rem;overflow-wrap:anywhere}h1{font-size:1.4rem}h2{font-size:1rem;margin:1.5rem 0 .25rem}
p{margin:.25rem 0}.more{margin-top:2rem;opacity:.75}`;

/** All of it is written here: only what means something in HTML is replaced. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
