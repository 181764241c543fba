import { factsOf } from '../exchange-parts.ts';
import type { CallAnswer } from '../http-caller.ts';
import { createLines } from '../lines.ts';
import type { PlayedProvider } from '../played-provider.ts';
import type { SandboxParts } from '../sandbox-parts.ts';
import { takeAnyBody } from '../take-any-body.ts';
import { accountSchema, type Account, type AccountInput } from './account.ts';
import { calledUrl, callUpdate, createOutlet, signatureOf, signatureOfJson, withDigest } from './call.ts';
import type { Line, TwilioContext } from './context.ts';
import { createExchange } from './exchange.ts';
import { inboundFields, inboundSchema, type InboundInput } from './inbound.ts';
import { isAuthorised, messageRoutes } from './message-routes.ts';
import { setUpRoutes } from './set-up-routes.ts';

/** The part of the control object that is Twilio's own. */
export type TwilioControl = {
  readonly accounts: () => readonly Account[];
  /** Adds or replaces a sender. */
  readonly putAccount: (input: AccountInput) => Account;
  readonly deleteAccount: (sender: string) => boolean;
  /** A person writes; `join …` joins the sandbox. Null: no such sender. */
  readonly inbound: (input: InboundInput) => { readonly messageId: string } | null;
  /**
   * Signs and posts any body to the webhook, once, and hands back the answer: a text as a form, byte for byte; anything else as JSON
   * with the digest in the address. Null: no such sender or webhook.
   */
  readonly webhook: (sender: string, body: unknown) => Promise<CallAnswer | null>;
};

export type Twilio = PlayedProvider<TwilioControl>;

const HOUR_MS = 3_600_000;

/** Twilio's Programmable Messaging for WhatsApp, played after its documentation. */
export function createTwilio(parts: SandboxParts): Twilio {
  const { clock, random, callbacks, http } = parts;
  const { lines, accounts, put, reset } = createLines({
    parse: (input: AccountInput) => accountSchema.parse(input),
    keyOf: ({ sender }) => sender,
    newLine,
  });
  const context: TwilioContext = { ...parts, lines, newSid: createSids(random), contents: new Map() };
  const exchange = createExchange(context);

  function newLine(account: Account): Line {
    return {
      account,
      outlet: createOutlet(account.sender, (sender) => lines.get(sender)?.account),
      busyUntilMs: 0,
      openUntilMs: new Map(),
      joinedUntilMs: new Map(),
      messages: new Map(),
    };
  }

  const control: TwilioControl = {
    accounts,
    putAccount: put,
    deleteAccount: (sender) => lines.delete(sender),
    inbound(given) {
      const input = inboundSchema.parse(given);
      const line = lines.get(input.to);
      if (line === undefined) return null;
      const nowMs = clock.now();
      line.openUntilMs.set(input.from, nowMs + 24 * HOUR_MS);
      if (/^join\b/i.test(input.text)) line.joinedUntilMs.set(input.from, nowMs + 72 * HOUR_MS);
      const messageId = input.fields['MessageSid'] ?? context.newSid(input.media.length > 0 ? 'MM' : 'SM');
      const fields = inboundFields(input, line.account, messageId);
      callbacks.push(line.outlet, callUpdate(line.account.webhookUrl, fields));
      return { messageId };
    },
    async webhook(sender, body) {
      const account = lines.get(sender)?.account;
      if (account === undefined || account.webhookUrl === null) return null;
      const { webhookUrl, authToken } = account;
      if (typeof body === 'string') {
        const signature = signatureOf(webhookUrl, body, authToken);
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature };
        return http.call('POST', calledUrl(webhookUrl), headers, body);
      }
      const text = JSON.stringify(body);
      const url = withDigest(webhookUrl, text);
      const signature = signatureOfJson(url, authToken);
      return http.call('POST', url, { 'content-type': 'application/json', 'x-twilio-signature': signature }, text);
    },
  };

  return {
    control,
    owns: (path) => /^\/(?:2010-04-01|v1|v2)\//.test(path),
    notFound: (request, reply) => exchange.refuse(request, reply, factsOf('unknown', null), { code: 20404 }),
    async register(app) {
      await app.register(async (api) => {
        api.removeAllContentTypeParsers();
        api.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) =>
          done(null, String(text)),
        );
        // Anything else is drained; the route refuses what is no form.
        api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _bytes, done) => done(null, null));
        await api.register(messageRoutes(context, exchange), { prefix: '/2010-04-01' });
      });
      await app.register(async (api) => {
        takeAnyBody(api);
        await api.register(setUpRoutes(context, exchange, isAuthorised));
      });
    },
    reset() {
      context.contents.clear();
      reset();
    },
  };
}

/** SIDs: a prefix and 32 hexadecimal digits, half of them a counter, so that none comes twice. */
function createSids(random: () => number): TwilioContext['newSid'] {
  let counter = 0;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const start = Math.floor(random() * 2 ** 32);
  return (prefix) => `${prefix}${hex(start, 8)}${hex(Math.floor(random() * 2 ** 32), 8)}${hex(counter++, 16)}`;
}
