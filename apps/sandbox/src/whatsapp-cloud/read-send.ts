import { digitsOf } from './account.ts';
import type { GraphProblem } from './errors.ts';
import { problemOf } from './problem-of.ts';
import { marketingSchema, readSchema, sendSchema, type SendBody } from './send-schema.ts';

/** The person a message is for: `user` is what identifies them here, `input` what the caller wrote. */
export type Recipient = { readonly kind: 'number' | 'bsuid' | 'group'; readonly user: string; readonly input: string };

export type SendRequest =
  | { readonly kind: 'message'; readonly body: SendBody; readonly recipient: Recipient }
  | { readonly kind: 'read' }
  | { readonly kind: 'invalid'; readonly problem: GraphProblem };

export const malformedJson = Symbol('a body that is not JSON');
export const wrongContentType = Symbol('a body of another content type');

const invalid = (problem: GraphProblem): SendRequest => ({ kind: 'invalid', problem });

/** Understands the body of a send, as strictly as Meta documents it. */
export function readSend(raw: unknown, endpoint: 'messages' | 'marketing_messages'): SendRequest {
  if (raw === malformedJson)
    return invalid({ code: 100, message: '(#100) Invalid parameter', details: 'The body is not valid JSON.' });
  if (raw === wrongContentType)
    return invalid({
      code: 100,
      message: '(#100) Invalid parameter',
      details: 'Expected Content-Type application/json.',
    });
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return invalid({ code: 100, message: '(#100) Invalid parameter', details: 'Expected a JSON object.' });
  }
  const { appsecret_proof: _, ...given } = { appsecret_proof: undefined, ...raw };
  if ('status' in given && endpoint === 'messages') {
    const read = readSchema.safeParse(given);
    return read.success ? { kind: 'read' } : invalid(problemOf(read.error, given));
  }
  const typed = { type: 'text', ...given };
  if (endpoint === 'marketing_messages' && typed.type !== 'template') return invalid({ code: 134100 });
  const parsed = endpoint === 'messages' ? sendSchema.safeParse(typed) : marketingSchema.safeParse(typed);
  if (!parsed.success) return invalid(problemOf(parsed.error, typed));
  const recipient = recipientOf(parsed.data);
  return 'code' in recipient ? invalid(recipient) : { kind: 'message', body: parsed.data, recipient };
}

function recipientOf({ to, recipient, recipient_type }: SendBody): Recipient | GraphProblem {
  if (to === undefined) {
    return recipient === undefined
      ? { code: 131008, details: "Parameter 'to' is required." }
      : { kind: 'bsuid', user: recipient, input: recipient };
  }
  if (recipient_type === 'group') return { kind: 'group', user: to, input: to };
  const digits = digitsOf(to);
  if (!/^[+\d() -]+$/.test(to) || digits.length < 5 || digits.length > 15) {
    return { code: 131009, details: 'Param to is not valid: expected a phone number.' };
  }
  return { kind: 'number', user: digits, input: to };
}

/** The WhatsApp id of a number: Mexico's has a 1 the number does not show, old Brazilian ones lack the ninth digit. */
export function waIdOf(digits: string): string {
  const mexican = /^52(\d{10})$/.exec(digits)?.[1];
  if (mexican !== undefined) return `521${mexican}`;
  const brazilian = /^55(\d\d)9(\d{8})$/.exec(digits);
  // From area code 31 on, numbers registered before 2016 kept eight digits.
  if (brazilian !== null && Number(brazilian[1]) >= 31) return `55${brazilian[1]}${brazilian[2]}`;
  return digits;
}

/** The words of a message, for fault rules that look for some. */
export function textOf(body: SendBody): string | null {
  switch (body.type) {
    case 'text':
      return body.text.body;
    case 'image':
      return body.image.caption ?? null;
    case 'video':
      return body.video.caption ?? null;
    case 'document':
      return body.document.caption ?? null;
    case 'interactive':
      return body.interactive.body?.text ?? null;
    case 'template':
      return JSON.stringify(body.template);
    case 'reaction':
      return body.reaction.emoji ?? null;
    case 'location':
      return body.location.name ?? null;
    case 'audio':
    case 'sticker':
    case 'contacts':
      return null;
    default:
      return body satisfies never;
  }
}
