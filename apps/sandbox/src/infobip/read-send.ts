import { z } from 'zod';
import { contentByPath, isPath } from './content-schema.ts';
import type { Refusal } from './exchange.ts';
import { anything, mediaUrl, text } from './fields.ts';
import { omniSchema, typeOf } from './omni-schema.ts';
import { templateSchema } from './template-schema.ts';

/** One message that a request asks for. */
export type Asked = {
  readonly from: string | null;
  /** OMNI names the sender by its scenario; null: the default one. */
  readonly scenarioKey: string | null;
  readonly to: string;
  readonly messageId: string | null;
  readonly callbackData: string | null;
  readonly notifyUrl: string | null;
  readonly type: string;
  readonly text: string | null;
  readonly links: readonly string[];
  /** OMNI: whether reports are wanted at all, and besides the end. Null: as the account has it. */
  readonly notify: boolean;
  readonly intermediate: boolean | null;
  readonly content: unknown;
};

export type Read =
  | { readonly kind: 'asked'; readonly messages: readonly Asked[]; readonly bulkId: string | null }
  | { readonly kind: 'invalid'; readonly refusal: Refusal };

const envelope = {
  from: z.string().regex(/^\d{1,24}$/, 'must be digits'),
  to: z.string().regex(/^(?:\d{5,15}|[A-Z]{2}\.[A-Za-z0-9.]{1,146})$/, 'must be a number or a user id'),
  messageId: text(1, 200).optional(),
  callbackData: text(0, 4000).optional(),
  notifyUrl: mediaUrl.optional(),
  urlOptions: anything.optional(),
  entityId: text(1, 255).optional(),
  applicationId: text(1, 255).optional(),
};
const context = z.strictObject({ replyToMessageId: z.string().min(1) }).optional();

const templateBody = z.strictObject({
  messages: z
    .array(z.strictObject({ ...envelope, content: templateSchema, smsFailover: anything.optional() }))
    .min(1)
    .max(1000),
  bulkId: z.string().optional(),
});

/** Understands a body sent to `/whatsapp/1/message/<path>`, as strictly as it is documented. Null: no such path. */
export function readSend(path: string, body: unknown): Read | null {
  if (path === 'template') {
    const read = templateBody.safeParse(body);
    if (!read.success) return invalid(read.error);
    return {
      kind: 'asked',
      bulkId: read.data.bulkId ?? (read.data.messages.length > 1 ? 'bulk' : null),
      messages: read.data.messages.map((message) => toAsked(message, 'template')),
    };
  }
  if (!isPath(path)) return null;
  const content = contentByPath[path];
  const read = z.strictObject({ ...envelope, context, ...(content !== undefined && { content }) }).safeParse(body);
  if (!read.success) return invalid(read.error);
  return { kind: 'asked', bulkId: null, messages: [toAsked(read.data, path)] };
}

/** Understands a body sent to `/omni/1/advanced`. */
export function readOmni(body: unknown): Read {
  const read = omniSchema.safeParse(body);
  if (!read.success) return invalid(read.error);
  const { destinations, whatsApp, scenarioKey, callbackData, notifyUrl, notify, intermediateReport } = read.data;
  const messages = destinations.map(({ messageId, to }): Asked => ({
    from: null,
    scenarioKey: scenarioKey ?? null,
    to: to.phoneNumber ?? to.whatsAppUserId ?? '',
    messageId: messageId ?? null,
    callbackData: callbackData ?? null,
    notifyUrl: notifyUrl ?? null,
    type: typeOf(whatsApp) ?? 'text',
    text: whatsApp.text ?? null,
    links: linksIn(whatsApp),
    notify: notify ?? true,
    intermediate: intermediateReport ?? null,
    content: whatsApp,
  }));
  return { kind: 'asked', messages, bulkId: read.data.bulkId ?? null };
}

type Envelope = {
  readonly from: string;
  readonly to: string;
  readonly messageId?: string | undefined;
  readonly callbackData?: string | undefined;
  readonly notifyUrl?: string | undefined;
  readonly content?: unknown;
};

function toAsked({ from, to, messageId, callbackData, notifyUrl, content }: Envelope, type: string): Asked {
  return {
    from,
    scenarioKey: null,
    to,
    messageId: messageId ?? null,
    callbackData: callbackData ?? null,
    notifyUrl: notifyUrl ?? null,
    type,
    text: textIn(content),
    links: linksIn(content),
    notify: true,
    intermediate: null,
    content,
  };
}

/** What a fault rule may look for. */
function textIn(content: unknown): string | null {
  const plain = z.object({ text: z.string() }).safeParse(content).data?.text;
  const body = z.object({ body: z.object({ text: z.string() }) }).safeParse(content).data?.body.text;
  const caption = z.object({ caption: z.string() }).safeParse(content).data?.caption;
  const placeholders = z
    .object({ templateData: z.object({ body: z.object({ placeholders: z.array(z.string()) }) }) })
    .safeParse(content).data?.templateData.body.placeholders;
  return plain ?? body ?? caption ?? placeholders?.join(' ') ?? null;
}

/** Addresses of files, wherever they stand. */
function linksIn(content: unknown): string[] {
  if (typeof content !== 'object' || content === null) return [];
  return Object.entries(content).flatMap(([name, value]) => {
    if (typeof value !== 'string') return linksIn(value);
    return /^(?:media|image|audio|video|file|document)Url$/.test(name) ? [value] : [];
  });
}

function invalid(error: z.ZodError): Read {
  const validationErrors: Record<string, string[]> = {};
  for (const issue of error.issues) {
    const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    const name = path.replace(/^\./, '') || 'request';
    validationErrors[name] = [...(validationErrors[name] ?? []), issue.message];
  }
  return { kind: 'invalid', refusal: { status: 400, validationErrors } };
}
