import type { ProviderProblem } from '@posthorn/outcome';
import { errorCodeSchema, errorTextSchema, scrubText } from '@posthorn/whatsapp-format';
import { z } from 'zod';

const textOrNumber = z
  .union([z.string(), z.int().transform(String)])
  .optional()
  .catch(undefined);

/** One error of the On-Premises form: in answers, and in webhooks. */
const whatsappErrorSchema = z.object({
  code: errorCodeSchema,
  title: errorTextSchema,
  details: errorTextSchema,
  message: errorTextSchema,
});

const bodySchema = z.object({
  responseCode: errorCodeSchema,
  status: errorCodeSchema,
  code: textOrNumber,
  message: errorTextSchema,
  title: errorTextSchema,
  details: errorTextSchema,
  errors: z.array(whatsappErrorSchema.catch({})).optional().catch(undefined),
  exceptionId: errorTextSchema,
  exceptionText: errorTextSchema,
});
const answerSchema = bodySchema.extend({ error: bodySchema.optional().catch(undefined) });

/** An error as far as it could be read. */
export interface KernelError {
  /** The WhatsApp API's code, where the answer holds one. */
  readonly responseCode: number | undefined;
  /** Another code, for people. */
  readonly word: string | undefined;
  readonly title: string | undefined;
  readonly details: string | undefined;
}

/**
 * Reads the forms an error may come in; which one Kernel uses is not documented: `{responseCode, message}`, `{status, code, message}`,
 * `{errors: [{code, title, details}]}` (On-Premises), `{error: {…}}` (Cloud), `{exceptionId, exceptionText}` (older Telefónica APIs),
 * or anything else, which then is an error without a code.
 */
export function readError(body: unknown): KernelError {
  const read = answerSchema.safeParse(body);
  const { error: inner, ...outer } = read.success ? read.data : { error: undefined };
  const [first] = outer.errors ?? inner?.errors ?? [];
  return {
    responseCode: outer.responseCode ?? inner?.responseCode ?? first?.code,
    word: outer.code ?? outer.exceptionId ?? inner?.code,
    title: first?.title ?? outer.title ?? outer.message ?? outer.exceptionText ?? inner?.title ?? inner?.message,
    details: first?.details ?? first?.message ?? outer.details ?? inner?.details,
  };
}

/** Reads one error of a webhook. */
export function readWebhookError(value: unknown): KernelError {
  const { code, title, details, message } = whatsappErrorSchema.catch({}).parse(value);
  return { responseCode: code, word: undefined, title: title ?? message, details };
}

/** Words for people: without numbers, ids and tokens. `says` is what the code means, where the answer has no words. */
export function toProblem(
  { responseCode, word, title, details }: KernelError,
  more: { readonly says?: string | undefined; readonly status?: number; readonly trace?: string | undefined },
): ProviderProblem {
  const shownTitle = scrubText(title) || (more.says ?? '');
  const shownDetails = scrubText(details);
  const code = responseCode === undefined ? scrubText(word).slice(0, 64) : String(responseCode);
  return {
    code: code || (more.status === undefined ? 'unknown' : `http_${more.status}`),
    ...(shownTitle !== '' && { title: shownTitle }),
    ...(shownDetails !== '' && shownDetails !== shownTitle && { details: shownDetails }),
    ...(more.status !== undefined && { status: more.status }),
    ...(more.trace !== undefined && { trace: more.trace }),
  };
}
