import { failed, failureRules, type Failed, type SendOutcome } from '@posthorn/outcome';
import type { MediaCalls, UploadOutcome } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import { z } from 'zod';
import { graphErrorSchema } from './graph-error.ts';
import { toOutcome } from './to-outcome.ts';

/** What the calls need of the channel. */
export interface MediaAccount {
  /** `<base>/<version>`. */
  readonly graphUrl: string;
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecretProof: string | undefined;
}

const uploadedSchema = z.object({ id: z.string().min(1).max(512) });
const foundSchema = z.object({
  url: z.url(),
  mime_type: z.string().optional().catch(undefined),
  sha256: z.string().optional().catch(undefined),
});
const refusedSchema = z.object({ error: graphErrorSchema });

/** Ids of uploads live 30 days; a message may be on its way for one. */
const uploadLifeMs = 28 * 86_400_000;
/** An upload may be large, and has a minute besides what 1 MB/s takes. */
const uploadBaseMs = 60_000;
const bytesPerMs = 1024;

/** Hosts that Meta's look-ups name for files. */
const metaHosts = /(?:^|\.)(?:fbsbx\.com|fbcdn\.net|facebook\.com|whatsapp\.net|whatsapp\.com)$/u;

/** Media of the Cloud API. Source: cloud-api/reference/media, read 2026-11. */
export function toMediaCalls({ graphUrl, phoneNumberId, accessToken, appSecretProof }: MediaAccount): MediaCalls {
  const headers = { authorization: `Bearer ${accessToken}` };
  const { origin } = new URL(graphUrl);
  return {
    upload: {
      lifeMs: uploadLifeMs,
      toCall: ({ contentType, name, bytes }) => {
        const body = new FormData();
        body.set('messaging_product', 'whatsapp');
        body.set('type', contentType);
        if (appSecretProof !== undefined) body.set('appsecret_proof', appSecretProof);
        body.set('file', new Blob([bytes], { type: contentType }), name ?? 'file');
        return {
          request: {
            operation: 'whatsapp-cloud.media.upload',
            method: 'POST',
            url: `${graphUrl}/${encodeURIComponent(phoneNumberId)}/media`,
            headers,
            body,
            timeoutMs: uploadBaseMs + Math.ceil(bytes.byteLength / bytesPerMs),
          },
          read: readUpload,
        };
      },
    },
    lookUp: ({ id }) => {
      const query = new URLSearchParams({ phone_number_id: phoneNumberId });
      if (appSecretProof !== undefined) query.set('appsecret_proof', appSecretProof);
      return {
        request: {
          operation: 'whatsapp-cloud.media.get',
          method: 'GET',
          url: `${graphUrl}/${encodeURIComponent(id)}?${query.toString()}`,
          headers,
        },
        read: readLookUp,
      };
    },
    download: ({ url }) => {
      const target = url === null ? null : URL.parse(url);
      if (target === null || url === null) return null;
      const isMetas = target.protocol === 'https:' && metaHosts.test(target.hostname);
      // Its file servers refuse callers without a name.
      return isMetas || target.origin === origin ? { url, headers: { ...headers, 'user-agent': 'posthorn' } } : null;
    },
  };
}

function readUpload(reply: HttpReply): UploadOutcome {
  const uploaded = uploadedSchema.safeParse(isSuccess(reply) ? reply.body : null);
  if (uploaded.success) return { kind: 'uploaded', id: uploaded.data.id };
  const toldAt = reply.kind === 'answered' ? Date.parse(reply.headers['date'] ?? '') : Number.NaN;
  return asUnsent(toOutcome(reply, Number.isNaN(toldAt) ? 0 : toldAt));
}

/** What the table says of a send, said of an upload: nothing can be out, so nothing is held. */
function asUnsent(outcome: SendOutcome): Failed {
  if (outcome.kind === 'accepted') return failed('provider_unavailable');
  const { mayBeOut: _mayBeOut, ...known } = outcome;
  return failureRules[known.code].then === 'hold' ? { ...known, code: 'provider_unavailable' } : known;
}

function readLookUp(reply: HttpReply): ReturnType<ReturnType<NonNullable<MediaCalls['lookUp']>>['read']> {
  const found = foundSchema.safeParse(isSuccess(reply) ? reply.body : null);
  if (found.success) {
    const { url, mime_type: contentType = null, sha256 = null } = found.data;
    return { kind: 'found', url, contentType, sha256 };
  }
  if (reply.kind !== 'answered') return { kind: 'unavailable' };
  const code = refusedSchema.safeParse(reply.body).data?.error.code;
  if (code === 190 || reply.status === 401) return { kind: 'unauthorised' };
  // 100: no such object, or one of another number.
  return code === 100 || reply.status === 404 ? { kind: 'gone' } : { kind: 'unavailable' };
}

function isSuccess(reply: HttpReply): reply is Extract<HttpReply, { kind: 'answered' }> {
  return reply.kind === 'answered' && reply.status >= 200 && reply.status < 300;
}
