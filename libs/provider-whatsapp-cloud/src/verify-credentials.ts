import { toRefusal, type ProviderCall, type Refusal, type Unknown, type Verdict } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { graphErrorSchema, toProblem } from './graph-error.ts';
import { withProof, type GraphPlace } from './graph-place.ts';

const word = z
  .string()
  .regex(/^[A-Z_]{1,40}$/u)
  .optional()
  .catch(undefined);
const numberSchema = z.object({ id: z.string(), quality_rating: word, status: word, name_status: word });
const errorSchema = z.object({ error: graphErrorSchema });

/**
 * Whether the token may use the phone number: reads the number. What is told to people holds neither number nor name.
 * Source: developers.facebook.com/docs/whatsapp/business-management-api, read 2026-11.
 */
export function verifyCredentials(place: GraphPlace): ProviderCall<Verdict> {
  const fields = 'id,verified_name,quality_rating,status,name_status';
  return {
    request: {
      operation: 'whatsapp-cloud.phone_number.read',
      method: 'GET',
      url: withProof(`${place.root}/${encodeURIComponent(place.phoneNumberId)}?fields=${fields}`, place),
      headers: { authorization: `Bearer ${place.accessToken}` },
    },
    read: (reply) => {
      const isGood = reply.kind === 'answered' && reply.status >= 200 && reply.status < 300;
      const read = isGood ? numberSchema.safeParse(reply.body).data : undefined;
      if (read === undefined) return toGraphRefusal(reply);
      const { quality_rating: quality, status, name_status: nameStatus } = read;
      return {
        kind: 'proven',
        facts: {
          ...(quality !== undefined && { quality }),
          ...(status !== undefined && { status }),
          ...(nameStatus !== undefined && { nameStatus }),
        },
      };
    },
  };
}

/** What an answer of the Graph API means that is not the wanted one. A transient error is no refusal, whatever its status. */
export function toGraphRefusal(reply: HttpReply): Refusal | Unknown {
  const error = reply.kind === 'answered' ? errorSchema.safeParse(reply.body).data?.error : undefined;
  const refusal = toRefusal(reply, (_body, status) =>
    error === undefined ? { code: `http_${status}`, status } : toProblem(error, status),
  );
  return error?.is_transient === true ? { ...refusal, kind: 'unknown' } : refusal;
}
