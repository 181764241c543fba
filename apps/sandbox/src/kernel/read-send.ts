import { z } from 'zod';
import { sendSchema } from '../whatsapp-cloud/send-schema.ts';
import type { KernelProblem } from './exchange.ts';
import { sendSchemaV1 } from './send-schema-v1.ts';

/** What the sandbox must know of a send. */
export type Send = {
  readonly to: string;
  readonly type: string;
  readonly text: string | null;
  readonly callbackData: string | null;
  readonly namespace: string | null;
  /** A voice note: its listener's phone tells when it was played. */
  readonly voice: boolean;
};
export type ReadSend =
  | { readonly kind: 'message'; readonly send: Send }
  | { readonly kind: 'invalid'; readonly problem: KernelProblem };

const detailSchema = z.looseObject({
  to: z.string().optional(),
  recipient: z.string().optional(),
  type: z.string(),
  biz_opaque_callback_data: z.string().optional(),
  text: z.looseObject({ body: z.string() }).optional(),
  audio: z.looseObject({ voice: z.boolean().optional() }).optional(),
  template: z.looseObject({ namespace: z.string().optional() }).optional(),
});

/** Understands the body of a send, strictly: v1 as On-Premises, v2 as the Cloud API. Faults have On-Premises numbers in both. */
export function readSend(body: unknown, version: 'v1' | 'v2'): ReadSend {
  if (typeof body !== 'object' || body === null) {
    return { kind: 'invalid', problem: { code: 1025, message: 'Request not valid: expected a JSON object' } };
  }
  const typed = { type: 'text', ...body };
  const parsed = version === 'v1' ? sendSchemaV1.safeParse(typed) : sendSchema.safeParse(typed);
  if (!parsed.success) return { kind: 'invalid', problem: problemOf(parsed.error, typed) };
  const { to, recipient, type, text, audio, template, biz_opaque_callback_data } = detailSchema.parse(parsed.data);
  return {
    kind: 'message',
    send: {
      to: to ?? recipient ?? '',
      type,
      text: text?.body ?? null,
      callbackData: biz_opaque_callback_data ?? null,
      namespace: template?.namespace ?? null,
      voice: audio?.voice === true,
    },
  };
}

/** 1010: not required, 1001: too long, 1008: missing, 1009: not valid. */
function problemOf(error: z.core.$ZodError, body: object): KernelProblem {
  const [issue] = error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    return { code: 1010, message: `Parameter is not required: ${[place, issue.keys[0]].join('.')}` };
  }
  const given = at(body, issue?.path ?? []);
  if (given === undefined) return { code: 1008, message: `Parameter is required: ${place}` };
  if (place === 'text.body' && given !== '') return { code: 1001, message: 'Message too long' };
  return { code: 1009, message: `Parameter value is not valid: ${place}` };
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.getOwnPropertyDescriptor(found, key)?.value;
  }
  return found;
}
