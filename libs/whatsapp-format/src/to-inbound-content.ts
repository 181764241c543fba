import type { InboundContent, InboundMedia } from '@posthorn/message';
import { asBoolean, asObject, asText, without, type Json, type JsonObject } from './json.ts';

const mediaTypes: ReadonlySet<string> = new Set(['image', 'video', 'audio', 'document', 'sticker']);
const mediaFields = ['id', 'mime_type', 'sha256', 'url', 'caption', 'filename', 'voice', 'animated'];

/** Content by its type. What has no field of its own stays under `data`, in Meta's terms. */
export function toInboundContent(type: string, value: Json | undefined): InboundContent {
  const fields = asObject(value);
  if (fields === null) return { type, data: value };
  if (mediaTypes.has(type)) {
    const media = toMedia(fields);
    return { type, media, data: media === undefined ? value : without(fields, mediaFields) };
  }
  switch (type) {
    case 'text':
      return typeof fields['body'] === 'string'
        ? { type, text: fields['body'], data: without(fields, ['body']) }
        : { type, data: value };
    case 'button':
      return { type, text: asText(fields['text']), data: value };
    case 'interactive':
      return { type, text: textOfReply(fields), data: value };
    case 'order':
      return { type, text: asText(fields['text']), data: value };
    case 'system':
      return { type, text: asText(fields['body']), data: value };
    default:
      return { type, data: value };
  }
}

function toMedia(fields: JsonObject): InboundMedia | undefined {
  const id = asText(fields['id']);
  if (id === undefined) return undefined;
  return {
    id,
    mimeType: asText(fields['mime_type']),
    sha256: asText(fields['sha256']),
    url: asText(fields['url']),
    caption: asText(fields['caption']),
    filename: asText(fields['filename']),
    voice: asBoolean(fields['voice']),
    animated: asBoolean(fields['animated']),
  };
}

/** What the person read on what they pressed. */
function textOfReply(interactive: JsonObject): string | undefined {
  const pressed = asObject(interactive['button_reply']) ?? asObject(interactive['list_reply']);
  return asText(pressed?.['title']) ?? asText(asObject(interactive['nfm_reply'])?.['body']);
}
