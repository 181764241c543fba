import type { FastifyInstance } from 'fastify';
import { factsOf } from '../exchange-parts.ts';
import type { CallAnswer } from '../http-caller.ts';
import { createPairLimit, createSlidingSecond } from '../limits.ts';
import { createLines } from '../lines.ts';
import type { PlayedProvider } from '../played-provider.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import { accountSchema, type Account, type AccountInput } from './account.ts';
import { unknownPath } from './authorise.ts';
import type { CloudContext, Line } from './context.ts';
import { createExchange } from './exchange.ts';
import { shakeHands, type HandshakeResult } from './handshake.ts';
import { inboundSchema, renderInbound, type InboundInput } from './inbound.ts';
import { downloadRoutes, downloadUrl, mediaRoutes } from './media-routes.ts';
import { createMediaStore } from './media-store.ts';
import { malformedJson, wrongContentType } from './read-send.ts';
import { sendRoutes } from './send-routes.ts';
import { createSignupCodes } from './signup-codes.ts';
import { signupRoutes } from './signup-routes.ts';
import { createWamids } from './wamid.ts';
import { webhookSetUpRoutes } from './webhook-set-up-routes.ts';
import { asciiJson, renderWebhook, signatureOf } from './webhook-body.ts';

/** The part of the control object that is Meta's own. */
export type WhatsappCloudControl = {
  readonly accounts: () => readonly Account[];
  /** Adds or replaces an account and asks its webhook to prove itself; webhooks are sent whatever it answers. */
  readonly putAccount: (
    input: AccountInput,
  ) => Promise<{ readonly account: Account; readonly handshake: HandshakeResult }>;
  /** The same without the handshake, for accounts whose webhook does not listen yet. */
  readonly addAccount: (input: AccountInput) => Account;
  readonly deleteAccount: (phoneNumberId: string) => boolean;
  /** A person ends embedded signup for that number: a code that lives 30 s and works once. Null: no such account. */
  readonly signup: (phoneNumberId: string) => string | null;
  readonly handshake: (phoneNumberId: string) => Promise<HandshakeResult | null>;
  /** A person writes. Null: no such account. */
  readonly inbound: (input: InboundInput) => { readonly messageId: string } | null;
  /** Signs and posts any body, once, and hands back the answer. A string is sent byte for byte. Null: no such account or webhook. */
  readonly webhook: (phoneNumberId: string, body: unknown) => Promise<CallAnswer | null>;
};

export type WhatsappCloud = PlayedProvider<WhatsappCloudControl>;

const DAY_MS = 24 * 3_600_000;
const BODY_BYTES_MAX = 5 * 1024 * 1024;

/** Meta's WhatsApp Cloud API, played after its documentation. */
export function createWhatsappCloud(parts: SandboxParts): WhatsappCloud {
  const { clock, random, callbacks, http } = parts;
  const { lines, accounts, put, reset } = createLines({
    parse: (input: AccountInput) => accountSchema.parse(input),
    keyOf: ({ phoneNumberId }) => phoneNumberId,
    newLine,
  });
  const context: CloudContext = {
    ...parts,
    lines,
    media: createMediaStore(clock, random),
    newWamid: createWamids(clock, random),
    codes: createSignupCodes(clock, random),
  };
  const exchange = createExchange(context);

  function newLine(account: Account): Line {
    const id = account.phoneNumberId;
    return {
      account,
      second: createSlidingSecond(),
      pairs: createPairLimit(),
      windows: new Map(),
      outlet: {
        key: id,
        target: () => {
          const now = lines.get(id)?.account;
          return now === undefined ? null : targetOf(now);
        },
        // Looked up each time: the account may have been removed and added again.
        render: (updates) => renderWebhook(lines.get(id)?.account ?? account, updates),
      },
    };
  }

  const control: WhatsappCloudControl = {
    accounts,
    addAccount: put,
    async putAccount(input) {
      const account = put(input);
      return { account, handshake: await shakeHands(account, http, random) };
    },
    deleteAccount: (id) => lines.delete(id),
    signup: (id) => (lines.has(id) ? context.codes.issue(id) : null),
    async handshake(id) {
      const account = lines.get(id)?.account;
      return account === undefined ? null : shakeHands(account, http, random);
    },
    inbound(given) {
      const input = inboundSchema.parse(given);
      const line = lines.get(input.phoneNumberId);
      if (line === undefined) return null;
      const nowMs = clock.now();
      const user = input.from ?? input.fromUserId;
      const referred = 'referral' in input || input.message?.['referral'] !== undefined;
      if (user !== undefined) {
        const freeEntryUntilMs = referred ? nowMs + 3 * DAY_MS : (line.windows.get(user)?.freeEntryUntilMs ?? 0);
        line.windows.set(user, { openUntilMs: nowMs + DAY_MS, freeEntryUntilMs });
      }
      // Meta counts both directions against the pace of a number.
      line.second.add(nowMs);
      const base = parts.baseUrl();
      const { messageId, json, contact } = renderInbound(input, nowMs, {
        media: context.media,
        newWamid: context.newWamid,
        mediaUrl: (id) => (base === null ? null : downloadUrl(base, id, context.media.ticket(id))),
      });
      callbacks.push(line.outlet, { group: 'messages', json, ...(contact === undefined ? {} : { extra: contact }) });
      return { messageId };
    },
    async webhook(id, body) {
      const account = lines.get(id)?.account;
      const target = account === undefined ? null : targetOf(account);
      if (target === null) return null;
      const text = typeof body === 'string' ? body : asciiJson(body);
      return http.call('POST', target.url, target.headers(text), text);
    },
  };

  return {
    control,
    owns: (path) => /^\/v\d+\.\d+(\/|$)/.test(path),
    notFound: (request, reply) => exchange.refuse(request, reply, factsOf('unknown', null), unknownPath(request.url)),
    async register(app) {
      await app.register(async (meta) => {
        parseBodies(meta);
        await meta.register(downloadRoutes(context, exchange));
        await meta.register(
          async (versioned) => {
            await versioned.register(sendRoutes(context, exchange));
            const setUp = webhookSetUpRoutes(context, exchange);
            await versioned.register(setUp.routes);
            await versioned.register(mediaRoutes(context, exchange, setUp.readNumber));
            await versioned.register(signupRoutes(context, exchange));
          },
          { prefix: '/:version(^v\\d{1,3}\\.\\d$)' },
        );
      });
    },
    reset() {
      context.media.clear();
      context.codes.clear();
      reset();
    },
  };
}

/** A body that cannot be read is refused by the route, in Meta's shape and with its place in the history. */
function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
    (_request, text, done) => {
      try {
        done(null, JSON.parse(String(text)));
      } catch {
        done(null, malformedJson);
      }
    },
  );
  // Multipart has a parser of its own in the media routes; whatever else comes is drained and refused.
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_request, _bytes, done) =>
    done(null, wrongContentType),
  );
}

function targetOf({ webhook, appSecret }: Account) {
  if (webhook === null) return null;
  return {
    url: webhook.url,
    headers: (body: string) => ({
      'content-type': 'application/json',
      'user-agent': 'facebookexternalua',
      'x-hub-signature-256': signatureOf(body, appSecret),
    }),
  };
}
