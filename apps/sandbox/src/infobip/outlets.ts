import { createHmac } from 'node:crypto';
import type { Outlet, Target, Update } from '../callbacks.ts';
import type { Account } from './account.ts';
import type { Kind, Line } from './context.ts';

/**
 * Where updates of a kind go: to the `notifyUrl` of their message, or to the subscription's address. Calls to a `notifyUrl` prove
 * nothing: whether they carry the security of a subscription is not documented, so here they do not.
 */
export function outletOf(line: Line, kind: Kind, notifyUrl: string | null, now: () => Account | undefined): Outlet {
  const key = `infobip ${line.account.sender} ${kind} ${notifyUrl ?? ''}`;
  const found = line.outlets.get(key);
  if (found !== undefined) return found;
  const outlet: Outlet = {
    key,
    target: () => {
      const account = now();
      if (account === undefined) return null;
      return notifyUrl === null ? targetOf(account) : { url: notifyUrl, headers: () => plainHeaders };
    },
    render: (updates) => renderResults(kind, updates),
  };
  line.outlets.set(key, outlet);
  return outlet;
}

const plainHeaders = { 'content-type': 'application/json', 'user-agent': 'Infobip' };

/** The subscription's address, with its proofs. */
export function targetOf({ webhook }: Account): Target | null {
  if (webhook === null) return null;
  const { url, basic, headers, hmac } = webhook;
  return {
    url,
    headers: (body) => ({
      ...plainHeaders,
      ...headers,
      ...(basic !== undefined && {
        authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`,
      }),
      ...(hmac !== undefined && {
        [hmac.header]: `${hmac.prefix}${createHmac(hmac.algorithm, hmac.secret).update(body).digest(hmac.encoding)}`,
      }),
    }),
  };
}

function renderResults(kind: Kind, updates: readonly Update[]): string {
  const results = `"results":[${updates.map(({ json }) => json).join(',')}]`;
  if (kind !== 'inbound') return `{${results}}`;
  return `{${results},"messageCount":${updates.length},"pendingMessageCount":0}`;
}

/** `yyyy-MM-dd'T'HH:mm:ss.SSSZ`, whose offset has no colon. */
export function toDate(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '+0000');
}
