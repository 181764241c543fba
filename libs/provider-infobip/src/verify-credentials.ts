import { toRefusal, type ProviderCall, type Refusal, type Unknown, type Verdict } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { refusalSchema, toRefusalProblem } from './infobip-error.ts';
import type { Sender } from './sender.ts';

const word = z
  .string()
  .regex(/^[A-Z0-9_]{1,40}$/u)
  .catch('UNKNOWN');
const qualitySchema = z.object({
  results: z.array(z.object({ sender: z.string(), qualityRating: word, status: word, currentLimit: word })).min(1),
});
const scenario = z.object({ key: z.string() });
const scenariosSchema = z.union([z.object({ scenarios: z.array(scenario) }), z.array(scenario).min(1)]);

/**
 * Whether the credentials work: the health of the sender, or for the OMNI API the account's scenarios. Both only read.
 * Source: Infobip's OpenAPI description 3.210.0.
 */
export function verifyCredentials({ api, baseUrl, sender }: Sender, authorization: string): ProviderCall<Verdict> {
  const isOmni = api === 'omni';
  return {
    request: {
      operation: isOmni ? 'infobip.omni.scenarios' : 'infobip.senders.quality',
      method: 'GET',
      url: isOmni
        ? `${baseUrl}/omni/1/scenarios`
        : `${baseUrl}/whatsapp/1/senders/quality?senders=${encodeURIComponent(sender)}`,
      headers: { authorization, accept: 'application/json' },
    },
    read: (reply) => {
      if (reply.kind === 'answered' && reply.status >= 200 && reply.status < 300) {
        if (isOmni && scenariosSchema.safeParse(reply.body).success) return { kind: 'proven', facts: {} };
        const [found] = qualitySchema.safeParse(reply.body).data?.results ?? [];
        if (found !== undefined) {
          const { qualityRating: quality, status, currentLimit: limit } = found;
          return { kind: 'proven', facts: { quality, status, limit } };
        }
      }
      return toInfobipRefusal(reply);
    },
  };
}

/** What an answer of the management API means that is not the wanted one. */
export function toInfobipRefusal(reply: HttpReply): Refusal | Unknown {
  return toRefusal(reply, (body, status) => {
    const refusal = refusalSchema.safeParse(body).data;
    return refusal === undefined ? { code: `http_${status}`, status } : toRefusalProblem(refusal, status);
  });
}
