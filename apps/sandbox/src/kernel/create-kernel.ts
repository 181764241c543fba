import { factsOf } from '../exchange-parts.ts';
import type { CallAnswer } from '../http-caller.ts';
import { createSlidingSecond } from '../limits.ts';
import { createLines } from '../lines.ts';
import type { PlayedProvider } from '../played-provider.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import { takeAnyBody } from '../take-any-body.ts';
import { createWamids } from '../whatsapp-cloud/wamid.ts';
import { accountSchema, type Account, type AccountInput } from './account.ts';
import type { KernelContext, Line } from './context.ts';
import { createExchange } from './exchange.ts';
import { inboundSchema, renderInbound, type InboundInput } from './inbound.ts';
import { messageRoutes } from './message-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { renderWebhook } from './webhook-body.ts';

/** The part of the control object that is Kernel's own. */
export type KernelControl = {
  readonly accounts: () => readonly Account[];
  /** Adds or replaces a client; its tokens stay good. */
  readonly putAccount: (input: AccountInput) => Account;
  readonly deleteAccount: (clientId: string) => boolean;
  /** Ends all tokens of a client at once; returns how many. */
  readonly revokeTokens: (clientId: string) => number;
  /** A person writes. Null: no such client. */
  readonly inbound: (input: InboundInput) => { readonly messageId: string } | null;
  /** Posts any body to the webhook, once, and hands back the answer. A text is sent byte for byte. Null: no such client or webhook. */
  readonly webhook: (clientId: string, body: unknown) => Promise<CallAnswer | null>;
};

export type Kernel = PlayedProvider<KernelControl>;

const DAY_MS = 24 * 3_600_000;

/**
 * Telefónica Kernel, both of its hosts on one port: the authorization server (`/token`) and the WhatsApp API (`/whatsapp/v1`,
 * `/whatsapp/v2`). Its documentation is private: where nothing is known, this is what posthorn goes by.
 */
export function createKernel(parts: SandboxParts): Kernel {
  const { clock, random, callbacks, http } = parts;
  const { lines, accounts, put, reset } = createLines({
    parse: (input: AccountInput) => accountSchema.parse(input),
    keyOf: ({ clientId }) => clientId,
    newLine,
  });
  const context: KernelContext = { ...parts, lines, tokens: new Map(), newId: createIds(parts) };
  const exchange = createExchange(context);

  function newLine(account: Account): Line {
    const current = () => lines.get(account.clientId)?.account;
    return {
      account,
      second: createSlidingSecond(),
      openUntilMs: new Map(),
      outlet: {
        key: `kernel ${account.clientId}`,
        target: () => targetOf(current() ?? null),
        render: (updates) => renderWebhook(current() ?? account, updates),
      },
    };
  }

  const control: KernelControl = {
    accounts,
    putAccount: put,
    deleteAccount: (clientId) => lines.delete(clientId),
    revokeTokens(clientId) {
      const theirs = [...context.tokens].filter(([, token]) => token.clientId === clientId);
      for (const [token] of theirs) context.tokens.delete(token);
      return theirs.length;
    },
    inbound(given) {
      const input = inboundSchema.parse(given);
      const line = lines.get(input.clientId);
      if (line === undefined) return null;
      const nowMs = clock.now();
      line.openUntilMs.set(input.from, nowMs + DAY_MS);
      const messageId = input.id ?? context.newId(input.from, line.account.version, 'inbound');
      const { json, contact } = renderInbound(input, messageId, nowMs);
      callbacks.push(line.outlet, { group: 'messages', json, extra: contact });
      return { messageId };
    },
    async webhook(clientId, body) {
      const target = targetOf(lines.get(clientId)?.account ?? null);
      if (target === null) return null;
      return http.call('POST', target.url, target.headers(), typeof body === 'string' ? body : JSON.stringify(body));
    },
  };

  return {
    control,
    owns: (path) => path === '/token' || /^\/whatsapp\/v\d/.test(path),
    notFound: (request, reply) =>
      exchange.refuse(request, reply, factsOf('unknown', null), {
        kernel: 'NOT_FOUND',
        status: 404,
        message: 'No such operation',
      }),
    async register(app) {
      await app.register(async (api) => {
        takeAnyBody(api);
        await api.register(tokenRoutes(context, exchange));
        await api.register(messageRoutes(context, exchange), { prefix: '/whatsapp/:version(^v[12]$)' });
      });
    },
    reset,
  };

  function createIds({ clock: from }: SandboxParts): KernelContext['newId'] {
    const newWamid = createWamids(from, random);
    return (user, version, direction) => {
      const wamid = newWamid(user, direction);
      // On-Premises ids look like base64 too, without a prefix that names them.
      return version === 'v2' ? wamid : `${direction === 'outbound' ? 'gBEG' : 'ABEG'}${wamid.slice('wamid.'.length)}`;
    };
  }
}

function targetOf(account: Account | null) {
  if (account === null || account.webhookUrl === null) return null;
  return { url: account.webhookUrl, headers: () => ({ 'content-type': 'application/json' }) };
}
