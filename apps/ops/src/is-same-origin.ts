import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request comes from our own pages: a browser sends the password along with requests of other sites too.
 * Browsers say it in Sec-Fetch-Site, over plain HTTP only in Origin. A request that says neither is no browser's; it is
 * refused as well, so that nothing depends on what an old browser leaves out.
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
