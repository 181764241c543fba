import type { ProviderTalk, Registration, WebhookTarget } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { makeContents } from './make-contents.ts';
import type { Settings } from './settings.ts';
import { isSuccess, nextPage, toCall } from './twilio-call.ts';
import { toTwilioRefusal } from './verify-credentials.ts';

/** What registering needs of the channel. */
export interface RegistrationSettings extends Pick<
  Settings,
  'from' | 'senderSid' | 'messagingServiceSid' | 'callbackOverrides' | 'environment' | 'contents'
> {
  readonly authorization: string;
  readonly messagingUrl: string;
  readonly contentUrl: string;
}

const sendersSchema = z.object({
  senders: z.array(z.object({ sid: z.string().regex(/^XE[0-9a-fA-F]{32}$/u), sender_id: z.string() }).loose()),
  meta: z.object({ next_page_url: z.string().nullable().optional() }).optional(),
});
const pagesMost = 50;

/**
 * Sets the webhook at the sender, or at the messaging service the channel sends through, with connection overrides: without them a 5xx of
 * ours loses a webhook. Then makes the contents of buttons, lists and links that are not there yet, and hands back their SIDs as
 * settings. Source: Twilio, Senders API, Services resource, Content API, read 2026-11.
 */
export function* registerWebhook(settings: RegistrationSettings, target: WebhookTarget): ProviderTalk<Registration> {
  const { environment, messagingServiceSid, callbackOverrides } = settings;
  const url = callbackOverrides === '' ? target.url : `${target.url}#${callbackOverrides}`;
  if (environment === 'sandbox') {
    const says = `Twilio’s sandbox takes its address in the console only (Messaging, Try it out, WhatsApp sandbox settings): put ${url} under "When a message comes in" and "Status callback URL".`;
    return { kind: 'manual', says };
  }
  const refused =
    messagingServiceSid === undefined
      ? yield* setSender(settings, url)
      : yield* setService(settings, messagingServiceSid, url);
  if (refused !== null) return refused;
  const made = yield* makeContents(settings);
  if (made.kind !== 'made') return made;
  return {
    kind: 'registered',
    facts: { webhook: url, contentsMade: String(made.count) },
    ...(made.count > 0 || Object.keys(made.changed).length > 0 ? { settings: { contents: made.changed } } : {}),
  };
}

/** At the sender. Null: done. */
function* setSender(settings: RegistrationSettings, url: string): ProviderTalk<Registration | null> {
  const step = 'setting the webhook of the sender';
  const found = yield* findSender(settings);
  if (typeof found !== 'string') return found;
  const reply = yield toCall(settings, 'POST', `${settings.messagingUrl}/v2/Channels/Senders/${found}`, {
    webhook: {
      callback_url: url,
      callback_method: 'POST',
      fallback_url: url,
      fallback_method: 'POST',
      status_callback_url: url,
      status_callback_method: 'POST',
    },
  });
  return isSuccess(reply) ? null : { ...toTwilioRefusal(reply), step };
}

/** The SID of the sender: from the settings, else by its number. */
function* findSender(settings: RegistrationSettings): ProviderTalk<string | Registration> {
  if (settings.senderSid !== undefined) return settings.senderSid;
  const step = 'looking for the sender';
  let page: string | null = `${settings.messagingUrl}/v2/Channels/Senders?Channel=whatsapp&PageSize=100`;
  for (let count = 0; page !== null && count < pagesMost; count += 1) {
    const reply: HttpReply = yield toCall(settings, 'GET', page);
    const read = isSuccess(reply) ? sendersSchema.safeParse(reply.body).data : undefined;
    if (read === undefined) return { ...toTwilioRefusal(reply), step };
    const found = read.senders.find(({ sender_id: id }) => id === `whatsapp:${settings.from}`);
    if (found !== undefined) return found.sid;
    page = nextPage(settings.messagingUrl, read.meta?.next_page_url);
  }
  const title = 'the account has no WhatsApp sender with this number; correct from, or register the sender first';
  return { kind: 'refused', step, problem: { code: 'sender_unknown', title } };
}

/** At the messaging service, for all its senders. Null: done. */
function* setService(settings: RegistrationSettings, sid: string, url: string): ProviderTalk<Registration | null> {
  const reply = yield {
    operation: 'twilio.service.update',
    method: 'POST',
    url: `${settings.messagingUrl}/v1/Services/${sid}`,
    headers: { authorization: settings.authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      InboundRequestUrl: url,
      InboundMethod: 'POST',
      FallbackUrl: url,
      FallbackMethod: 'POST',
      StatusCallback: url,
      UseInboundWebhookOnNumber: 'false',
    }).toString(),
  };
  return isSuccess(reply) ? null : { ...toTwilioRefusal(reply), step: 'setting the webhook of the messaging service' };
}
