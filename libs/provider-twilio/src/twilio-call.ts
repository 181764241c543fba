import type { HttpReply, HttpRequest } from '@posthorn/runtime';

/** A call with JSON. */
export function toCall(
  { authorization }: { readonly authorization: string },
  method: 'GET' | 'POST',
  url: string,
  body?: unknown,
): HttpRequest {
  return {
    operation: 'twilio.connect',
    method,
    url,
    headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

/** The next page of a list; never another host, which would get the credentials. */
export function nextPage(baseUrl: string, next: string | null | undefined): string | null {
  return next?.startsWith(`${baseUrl}/`) === true ? next : null;
}

/** Narrows to an answer with 2xx. */
export function isSuccess(reply: HttpReply): reply is Extract<HttpReply, { kind: 'answered' }> {
  return reply.kind === 'answered' && reply.status >= 200 && reply.status < 300;
}
