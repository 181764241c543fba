import { factsOf } from '../exchange-parts.ts';
import type { CallAnswer } from '../http-caller.ts';
import { createSlidingSecond } from '../limits.ts';
import { createLines } from '../lines.ts';
import type { PlayedProvider } from '../played-provider.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import { takeAnyBody } from '../take-any-body.ts';
import { accountSchema, type Account, type AccountInput } from './account.ts';
import type { InfobipContext, Line } from './context.ts';
import { createExchange } from './exchange.ts';
import { inboundSchema, renderInbound, type InboundInput } from './inbound.ts';
import { logRoutes } from './log-routes.ts';
import { createMediaStore } from './media-store.ts';
import { mediaRoutes } from './media-routes.ts';
import { outletOf, targetOf } from './outlets.ts';
import { sendRoutes } from './send-routes.ts';
import { setUpRoutes } from './set-up-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { createTokens } from './tokens.ts';

/** The part of the control object that is Infobip's own. */
export type InfobipControl = {
  readonly accounts: () => readonly Account[];
  /** Adds or replaces a sender. */
  readonly putAccount: (input: AccountInput) => Account;
  readonly deleteAccount: (sender: string) => boolean;
  /** A person writes. Null: no such sender. */
  readonly inbound: (input: InboundInput) => { readonly messageId: string } | null;
  /** Proves and posts any body to the subscription's address, once, and hands back the answer. A text goes byte for byte. */
  readonly webhook: (sender: string, body: unknown) => Promise<CallAnswer | null>;
};

export type Infobip = PlayedProvider<InfobipControl>;

const DAY_MS = 24 * 3_600_000;

/** Infobip's WhatsApp and OMNI APIs, played after their documentation. */
export function createInfobip(parts: SandboxParts): Infobip {
  const { clock, random, callbacks, http } = parts;
  const { lines, accounts, put, reset } = createLines({
    parse: (input: AccountInput) => accountSchema.parse(input),
    keyOf: ({ sender }) => sender,
    newLine,
  });
  const newId = createIds(random);
  const context: InfobipContext = {
    ...parts,
    lines,
    newId,
    tokens: createTokens(clock, newId),
    media: createMediaStore(newId),
  };
  const exchange = createExchange(context);

  const control: InfobipControl = {
    accounts,
    putAccount: put,
    deleteAccount: (sender) => lines.delete(sender),
    inbound(given) {
      const input = inboundSchema.parse(given);
      const { sender, media } = input;
      const line = lines.get(sender);
      if (line === undefined) return null;
      line.openUntilMs.set(input.from ?? input.fromUserId ?? '', clock.now() + DAY_MS);
      const messageId = input.messageId ?? newId();
      const bytes = Buffer.from(media?.base64 ?? '', 'base64');
      const file = media && context.media.add({ sender, contentType: media.contentType, bytes });
      const base = parts.baseUrl() ?? '';
      const fileUrl = file === undefined ? null : `${base}/whatsapp/1/senders/${sender}/media/${file}`;
      const outlet = outletOf(line, 'inbound', line.account.inboundUrl, () => lines.get(sender)?.account);
      callbacks.push(outlet, { group: 'inbound', json: renderInbound(input, messageId, fileUrl, clock.now()) });
      return { messageId };
    },
    async webhook(sender, body) {
      const account = lines.get(sender)?.account;
      const target = account === undefined ? null : targetOf(account);
      if (target === null) return null;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return http.call('POST', target.url, target.headers(text), text);
    },
  };

  return {
    control,
    owns: (path) => /^\/(?:whatsapp|omni|auth|subscriptions|resource-management)\/1\//.test(path),
    notFound: (request, reply) => exchange.refuse(request, reply, factsOf('unknown', null), { status: 404 }),
    async register(app) {
      await app.register(async (api) => {
        takeAnyBody(api);
        await api.register(tokenRoutes(context, exchange));
        await api.register(mediaRoutes(context, exchange));
        await api.register(sendRoutes(context, exchange));
        await api.register(setUpRoutes(context, exchange));
        await api.register(logRoutes(context, exchange));
      });
    },
    reset() {
      context.tokens.clear();
      context.media.clear();
      reset();
    },
  };
}

function newLine(account: Account): Line {
  return {
    account,
    second: createSlidingSecond(),
    taken: new Set(),
    recent: new Map(),
    openUntilMs: new Map(),
    outlets: new Map(),
  };
}

/** Ids in the form of a UUID; the end is a counter, so that none comes twice. */
function createIds(random: () => number): () => string {
  let counter = 0;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const chance = (digits: number) => hex(Math.floor(random() * 16 ** digits), digits);
  return () => `${chance(8)}-${chance(4)}-4${chance(3)}-a${chance(3)}-${hex(counter++, 12)}`;
}
