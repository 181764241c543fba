import { channelIdSchema, providerIdSchema } from '@posthorn/message';
import { z } from 'zod';
import type { UnverifiedCall, VerifiedCall } from './ingress-deps.ts';

const texts = z.record(z.string(), z.string());
const common = {
  url: z.string(),
  headers: texts,
  query: texts,
  receivedAtMs: z.number(),
  traceparent: z.string().nullable(),
};
const headSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('verified'), provider: providerIdSchema, channelId: channelIdSchema, ...common }),
  z.object({ kind: z.literal('unverified'), route: z.string(), params: texts, ...common }),
]);

/** A webhook call as the spool keeps it. */
export type SpooledCall =
  | ({ readonly kind: 'verified' } & VerifiedCall)
  | ({ readonly kind: 'unverified' } & UnverifiedCall);

/** Length of the head (4 bytes), head as JSON, body as it came. */
export function packCall(spooled: SpooledCall): Buffer {
  const { call, ...rest } = spooled;
  const { body, url, headers, query } = call;
  const head = Buffer.from(JSON.stringify({ ...rest, url, headers, query }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.byteLength);
  return Buffer.concat([length, head, body]);
}

/** Throws when it is none of ours, or of a later release. */
export function unpackCall(packed: Buffer): SpooledCall {
  const headEnd = 4 + packed.readUInt32BE(0);
  const { url, headers, query, ...rest } = headSchema.parse(JSON.parse(packed.subarray(4, headEnd).toString()));
  return { ...rest, call: { url, headers, query, body: packed.subarray(headEnd) } };
}
