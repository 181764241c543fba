import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { factsOf } from '../exchange-parts.ts';
import type { FaultAction } from '../faults.ts';
import { digitsOf } from './account.ts';
import { authorise } from './authorise.ts';
import type { CloudContext, Line } from './context.ts';
import type { GraphProblem } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { fateOf, mediaProblem } from './fate.ts';
import { createLifecycle, stepsOf } from './lifecycle.ts';
import { readSend, textOf, waIdOf, type Recipient } from './read-send.ts';
import type { SendBody } from './send-schema.ts';

const paramsSchema = z.object({ version: z.string(), phoneNumberId: z.string() });

type Message = { readonly body: SendBody; readonly recipient: Recipient };
type Endpoint = 'messages' | 'marketing_messages';

/** `POST /{version}/{phone-number-id}/messages` and `/marketing_messages`. */
export function sendRoutes(context: CloudContext, exchange: Exchange) {
  const { clock, random, media, newWamid, timing } = context;
  const begin = createLifecycle(context);

  async function answer(request: FastifyRequest, reply: FastifyReply, endpoint: Endpoint): Promise<FastifyReply> {
    const { version, phoneNumberId } = paramsSchema.parse(request.params);
    const known = context.lines.has(phoneNumberId) ? phoneNumberId : null;
    const authorised = authorise(context, request, version, phoneNumberId, phoneNumberId);
    const asked = readSend(request.body, endpoint);
    const facts =
      asked.kind === 'message' ? sendFacts(known, asked) : factsOf(asked.kind === 'read' ? 'read' : 'send', known);
    if (authorised.kind === 'refused') return exchange.refuse(request, reply, facts, authorised.problem);
    if (asked.kind === 'invalid') return exchange.refuse(request, reply, facts, asked.problem);

    const verdict = exchange.verdict(facts);
    const waitMs = verdict.delayMs + timing().answerMs;
    if (waitMs > 0) await exchange.pause(waitMs);
    if (asked.kind === 'read') {
      return (
        exchange.play(request, reply, facts, verdict, () => null) ??
        exchange.succeed(request, reply, facts, { success: true })
      );
    }
    const { line } = authorised;
    const takeIt = (): Taken => take(line, asked, version, endpoint, verdict.action);
    const played = exchange.play(request, reply, facts, verdict, () => takeIt().wamid);
    if (played !== null) return played;
    const problem = refusalOf(line, asked);
    if (problem !== null) return exchange.refuse(request, reply, facts, problem);
    const { wamid, waId } = takeIt();
    const body = {
      messaging_product: 'whatsapp',
      contacts: [contactOf(asked.recipient, waId)],
      messages: [{ id: wamid, ...(asked.body.type === 'template' ? { message_status: 'accepted' } : {}) }],
    };
    return exchange.succeed(request, reply, facts, body, wamid, verdict.faultId);
  }

  /** What only this number, now, refuses: the recipient, the media, the limits. Limits come last, so that only what would go out counts. */
  function refusalOf({ account, second, pairs }: Line, { body, recipient }: Message): GraphProblem | null {
    if (!account.registered) return { code: 133010 };
    if (recipient.user === digitsOf(account.displayPhoneNumber)) return { code: 131021 };
    const allowed = account.allowList?.map(digitsOf);
    if (allowed !== undefined && !allowed.includes(recipient.user)) return { code: 131030 };
    const missing = mediaProblem(body, account, media);
    if (missing !== null) return missing;
    const nowMs = clock.now();
    if (account.pacePerSecond !== null && second.count(nowMs) >= account.pacePerSecond)
      return { code: 130429, subcode: 2494055 };
    if (account.pairLimits && !pairs.take(recipient.user, nowMs)) return { code: 131056 };
    return null;
  }

  type Taken = { readonly wamid: string; readonly waId: string };

  function take(
    line: Line,
    { body, recipient }: Message,
    version: string,
    endpoint: Endpoint,
    action: FaultAction | null,
  ): Taken {
    const nowMs = clock.now();
    line.second.add(nowMs);
    const waId = recipient.kind === 'number' ? waIdOf(recipient.user) : recipient.user;
    const wamid = newWamid(waId, 'outbound');
    const window = line.windows.get(waId);
    const freeEntry = (window?.freeEntryUntilMs ?? 0) > nowMs;
    const price = priceOf(body.type === 'template', endpoint, freeEntry);
    // From v24.0 on, only free entry point conversations are told.
    const told = freeEntry || Number(version.slice(1)) < 24;
    begin(
      {
        wamid,
        recipient: recipient.kind === 'bsuid' ? { recipient_user_id: waId } : { recipient_id: waId },
        callbackData: body.biz_opaque_callback_data ?? null,
        pricing: price,
        conversation: told
          ? { id: conversationId(random), expiresMs: nowMs + 24 * 3_600_000, origin: price.category }
          : null,
      },
      line.outlet,
      stepsOf(fateOf(body, line.account, media, (window?.openUntilMs ?? 0) > nowMs), action, timing()),
    );
    return { wamid, waId };
  }

  return async function register(app: FastifyInstance): Promise<void> {
    app.post('/:phoneNumberId/messages', (request, reply) => answer(request, reply, 'messages'));
    app.post('/:phoneNumberId/marketing_messages', (request, reply) => answer(request, reply, 'marketing_messages'));
  };
}

function sendFacts(account: string | null, { body, recipient }: Message) {
  const callbackData = body.biz_opaque_callback_data ?? null;
  return factsOf('send', account, { to: recipient.user, type: body.type, text: textOf(body), callbackData });
}

function contactOf({ kind, input }: Recipient, waId: string): Readonly<Record<string, string>> {
  return kind === 'bsuid' ? { input, user_id: waId } : { input, wa_id: waId };
}

function priceOf(template: boolean, endpoint: Endpoint, freeEntry: boolean) {
  if (freeEntry)
    return { billable: false, pricing_model: 'PMP', type: 'free_entry_point', category: 'referral_conversion' };
  if (!template) return { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' };
  return {
    billable: true,
    pricing_model: 'PMP',
    type: 'regular',
    category: endpoint === 'messages' ? 'utility' : 'marketing_lite',
  };
}

function conversationId(random: () => number): string {
  return Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}
