import { z } from 'zod';
import { asciiJson } from './webhook-body.ts';
import { kindOf, inboundLifeMs, type MediaStore } from './media-store.ts';
import type { NewWamid } from './wamid.ts';

/** What a person writes to the business. The content stands under the name of its type, as in Meta's webhooks. */
export const inboundSchema = z
  .looseObject({
    phoneNumberId: z.string(),
    from: z
      .string()
      .regex(/^\d{5,20}$/)
      .optional(),
    fromUserId: z.string().optional(),
    name: z.string().optional(),
    username: z.string().optional(),
    id: z.string().optional(),
    timestamp: z.string().optional(),
    /** Meta's message object as it is; `id`, `from` and `timestamp` are added where absent. */
    message: z.record(z.string(), z.json()).optional(),
    type: z.string().default('text'),
  })
  .refine((input) => input.from !== undefined || input.fromUserId !== undefined || input.message !== undefined, {
    message: 'expected from (digits) or fromUserId',
  });

export type InboundInput = z.input<typeof inboundSchema>;
export type Inbound = z.output<typeof inboundSchema>;

const ours = new Set(['phoneNumberId', 'fromUserId', 'name', 'username', 'message']);
const mediaTypes = new Set(['image', 'video', 'audio', 'document', 'sticker']);
const usualTypes: Readonly<Record<string, string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
};
const mediaContent = z.looseObject({
  id: z.string().optional(),
  mime_type: z.string().optional(),
  base64: z.string().optional(),
});

export type InboundDeps = {
  readonly media: MediaStore;
  readonly newWamid: NewWamid;
  readonly mediaUrl: (id: string) => string | null;
};

export type RenderedInbound = {
  readonly messageId: string;
  readonly json: string;
  readonly contact: string | undefined;
};

/** Builds the message object and its contact. Media without an id gets a file here that can be looked up and fetched. */
export function renderInbound(input: Inbound, nowMs: number, deps: InboundDeps): RenderedInbound {
  const raw = input.message ?? Object.fromEntries(Object.entries(input).filter(([key]) => !ours.has(key)));
  const user = input.from ?? input.fromUserId ?? 'unknown';
  const messageId = typeof raw['id'] === 'string' ? raw['id'] : deps.newWamid(user, 'inbound');
  const type = typeof raw['type'] === 'string' ? raw['type'] : input.type;
  const message = {
    ...(input.from === undefined ? {} : { from: input.from }),
    ...(input.fromUserId === undefined ? {} : { from_user_id: input.fromUserId }),
    timestamp: String(Math.floor(nowMs / 1000)),
    ...raw,
    id: messageId,
    type,
    ...contentOf(type, raw[type], input.phoneNumberId, deps),
  };
  return { messageId, json: asciiJson(message), contact: contactOf(input) };
}

function contentOf(type: string, given: unknown, phoneNumberId: string, deps: InboundDeps): Record<string, unknown> {
  if (type === 'text' && typeof given === 'string') return { text: { body: given } };
  if (!mediaTypes.has(type)) return given === undefined ? {} : { [type]: given };
  const { base64, ...content } = mediaContent.parse(given ?? {});
  if (content.id !== undefined) return { [type]: content };
  const mimeType = content.mime_type ?? usualTypes[type] ?? 'application/octet-stream';
  const bytes =
    base64 === undefined ? Buffer.from(`sandbox ${kindOf(mimeType) ?? 'file'}`) : Buffer.from(base64, 'base64');
  const file = deps.media.add(phoneNumberId, mimeType, bytes, inboundLifeMs);
  const url = deps.mediaUrl(file.id);
  return {
    [type]: {
      ...(type === 'audio' ? { voice: true } : {}),
      ...(type === 'sticker' ? { animated: false } : {}),
      ...content,
      mime_type: mimeType,
      sha256: file.sha256.toString('base64'),
      id: file.id,
      ...(url === null ? {} : { url }),
    },
  };
}

function contactOf(input: Inbound): string | undefined {
  // Meta sends system notices without contacts.
  if (input.type === 'system' || (input.from === undefined && input.fromUserId === undefined)) return undefined;
  return asciiJson({
    profile: {
      name: input.name ?? 'Sandbox User',
      ...(input.username === undefined ? {} : { username: input.username }),
    },
    ...(input.from === undefined ? {} : { wa_id: input.from }),
    ...(input.fromUserId === undefined ? {} : { user_id: input.fromUserId }),
  });
}
