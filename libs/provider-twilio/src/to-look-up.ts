import { externalIdSchema } from '@posthorn/message';
import type { LookUpAnswer, LostMessage, ProviderCall } from '@posthorn/provider';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import { z } from 'zod';

const pageSize = 100;
/** Twilio's dates have whole seconds, and its clock is not ours. */
const earlierMs = 60_000;
/** A request that we gave up on may have been taken as late as this. */
const laterMs = 180_000;

const listSchema = z.object({
  messages: z.array(
    z.object({
      sid: externalIdSchema,
      direction: z.string(),
      to: z.string(),
      from: z.string().nullable(),
      body: z.string().nullable(),
      num_media: z.string(),
      date_created: z.string(),
    }),
  ),
});

/**
 * Searches for a message whose answer was lost. Twilio knows no idempotency key and does not show the callback's address, so a message is
 * told from others by sender, recipient, content and time. Null where the content shown is not the one sent: a template is shown
 * as its text. The newest page is enough, and says so if it is not; no filter by `DateSent`, which a message still queued lacks.
 * `sent` is the very request that was lost. Source: Twilio, Messages resource, read 2026-11.
 */
export function toLookUp({ calledAtMs }: LostMessage, sent: HttpRequest): ProviderCall<LookUpAnswer> | null {
  const form = new URLSearchParams(typeof sent.body === 'string' ? sent.body : '');
  const [to, from] = [form.get('To') ?? '', form.get('From') ?? ''];
  if (form.has('ContentSid')) return null;
  const query = new URLSearchParams({ To: to, From: from, PageSize: String(pageSize) });
  const { authorization = '' } = sent.headers ?? {};
  return {
    request: {
      operation: 'twilio.messages.search',
      method: 'GET',
      url: `${sent.url}?${query.toString()}`,
      headers: { authorization },
    },
    read: (reply) => read(reply),
  };

  function read(reply: HttpReply): LookUpAnswer {
    if (reply.kind !== 'answered') return { kind: 'nothing', why: `the search got no answer (${reply.reason})` };
    const list = listSchema.safeParse(reply.body);
    if (reply.status !== 200 || !list.success)
      return { kind: 'nothing', why: `the search was answered with ${reply.status}` };
    const { messages } = list.data;
    const oldest = messages.at(-1);
    if (
      messages.length >= pageSize &&
      oldest !== undefined &&
      Date.parse(oldest.date_created) >= calledAtMs - earlierMs
    )
      return { kind: 'nothing', why: 'more messages to this recipient than one page shows' };
    const body = form.get('Body') ?? '';
    const media = String(form.getAll('MediaUrl').length);
    const fitting = messages.filter((message) => {
      const atMs = Date.parse(message.date_created);
      return (
        message.direction.startsWith('outbound') &&
        message.to === to &&
        message.from === from &&
        (message.body ?? '') === body &&
        message.num_media === media &&
        atMs >= calledAtMs - earlierMs &&
        atMs <= calledAtMs + laterMs
      );
    });
    return { kind: 'hits', externalIds: fitting.map(({ sid }) => sid), certain: false };
  }
}
