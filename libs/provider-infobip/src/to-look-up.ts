import { externalIdSchema } from '@posthorn/message';
import type { LookUpAnswer, LostMessage, ProviderCall } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { toOutgoingId } from './outgoing-id.ts';

const logsSchema = z.object({ results: z.array(z.object({ messageId: externalIdSchema })) });

/**
 * Looks for a message whose answer was lost, by the id that we gave it. Infobip's logs can be asked again and again, unlike its reports, of
 * which each is given once. They reach back 48 h; 120 calls a minute. That they show messages of the current API, too, is
 * unconfirmed: an empty log proves nothing. Source: Infobip, OMNI logs, read 2026-07.
 */
export function toLookUp({ message }: LostMessage, baseUrl: string, authorization: string): ProviderCall<LookUpAnswer> {
  const messageId = toOutgoingId(message);
  return {
    request: {
      operation: 'infobip.omni.logs',
      method: 'GET',
      url: `${baseUrl}/omni/1/logs?messageId=${encodeURIComponent(messageId)}`,
      headers: { authorization, accept: 'application/json' },
    },
    read: (reply) => read(reply, messageId),
  };
}

function read(reply: HttpReply, messageId: string): LookUpAnswer {
  if (reply.kind !== 'answered') return { kind: 'nothing', why: `the look-up got no answer (${reply.reason})` };
  const logs = logsSchema.safeParse(reply.body);
  if (reply.status !== 200 || !logs.success)
    return { kind: 'nothing', why: `the look-up was answered with ${reply.status}` };
  const found = logs.data.results.find((result) => result.messageId === messageId);
  return { kind: 'hits', externalIds: found === undefined ? [] : [found.messageId], certain: true };
}
