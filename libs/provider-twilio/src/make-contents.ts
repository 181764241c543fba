import type { ProviderTalk, Registration } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import type { RegistrationSettings } from './register-webhook.ts';
import { isSuccess, nextPage, toCall } from './twilio-call.ts';
import { sessionContentDefinitions } from './session-contents.ts';
import { contentSidSchema } from './settings.ts';
import { toTwilioRefusal } from './verify-credentials.ts';

const listSchema = z.object({
  contents: z.array(z.object({ sid: contentSidSchema, friendly_name: z.string() }).loose()),
  meta: z.object({ next_page_url: z.string().nullable().optional() }).optional(),
});
const madeSchema = z.object({ sid: contentSidSchema });
const pagesMost = 100;
const step = 'making the contents of buttons, lists and links';

type MadeContents =
  | { readonly kind: 'made'; readonly count: number; readonly changed: Readonly<Record<string, string>> }
  | Extract<Registration, { kind: 'refused' | 'unknown' }>;

/**
 * Makes the session contents that the channel lacks. One of an earlier run (or another channel of the account) is found by its name, so
 * nothing is made twice. `changed`: the SIDs that the settings do not have yet.
 */
export function* makeContents(settings: RegistrationSettings): ProviderTalk<MadeContents> {
  const lacking = Object.entries(sessionContentDefinitions()).filter(([name]) => settings.contents[name] === undefined);
  if (lacking.length === 0) return { kind: 'made', count: 0, changed: {} };
  const sidByName = new Map<string, string>();
  let page: string | null = `${settings.contentUrl}/v1/Content?PageSize=500`;
  for (let pages = 0; page !== null && pages < pagesMost; pages += 1) {
    const reply: HttpReply = yield toCall(settings, 'GET', page);
    const read = isSuccess(reply) ? listSchema.safeParse(reply.body).data : undefined;
    if (read === undefined) return { ...toTwilioRefusal(reply), step };
    for (const { friendly_name: name, sid } of read.contents) sidByName.set(name, sid);
    page = nextPage(settings.contentUrl, read.meta?.next_page_url);
  }
  const changed: Record<string, string> = {};
  let count = 0;
  for (const [name, definition] of lacking) {
    const known = sidByName.get(definition.friendly_name);
    if (known !== undefined) {
      changed[name] = known;
      continue;
    }
    const reply = yield toCall(settings, 'POST', `${settings.contentUrl}/v1/Content`, definition);
    const made = isSuccess(reply) ? madeSchema.safeParse(reply.body).data : undefined;
    if (made === undefined) return { ...toTwilioRefusal(reply), step };
    changed[name] = made.sid;
    count += 1;
  }
  return { kind: 'made', count, changed };
}
