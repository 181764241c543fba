import type { FastifyRequest } from 'fastify';

/** `__Host-` makes browsers hold it to this host and to https; over plain http they would not take that name. */
const names = { secure: '__Host-posthorn-ops', plain: 'posthorn-ops' } as const;

/** The session's token in a request, or null. */
export function readSessionCookie(request: FastifyRequest): string | null {
  const cookies = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const name = isHttps(request) ? names.secure : names.plain;
  const found = cookies.find((pair) => pair.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

/** Out of reach of scripts, never sent along from another site, by https only where https is spoken. */
export function sessionCookie(request: FastifyRequest, token: string, maxAgeSeconds: number): string {
  const isSecure = isHttps(request);
  const attributes = [
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${maxAgeSeconds}`,
    ...(isSecure ? ['Secure'] : []),
  ];
  return [`${isSecure ? names.secure : names.plain}=${token}`, ...attributes].join('; ');
}

/** A proxy's word is good enough here, trusted or not: who lies gets a cookie that is stricter. */
function isHttps(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
}
