import type { FastifyRequest } from 'fastify';
import type { InfobipContext, Line } from './context.ts';

/** The senders that a call may use: all of the account its header proves. Empty: it proves none. */
export function linesOf({ lines, tokens }: InfobipContext, request: FastifyRequest): readonly Line[] {
  const given = /^(App|Basic|Bearer|IBSSO) (\S+)$/.exec(request.headers.authorization ?? '');
  const [, scheme = '', proof = ''] = given ?? [];
  const all = [...lines.values()];
  switch (scheme) {
    case 'App':
      return all.filter(({ account }) => account.apiKey === proof);
    case 'Basic': {
      const pair = Buffer.from(proof, 'base64').toString('utf8');
      return all.filter(({ account: { user } }) => user !== null && pair === `${user.username}:${user.password}`);
    }
    case 'Bearer':
      return ofUser(all, tokens.userOf('oauth', proof));
    case 'IBSSO':
      return ofUser(all, tokens.userOf('session', proof));
    default:
      return [];
  }
}

function ofUser(all: readonly Line[], username: string | null): readonly Line[] {
  return username === null ? [] : all.filter(({ account }) => account.user?.username === username);
}
