import type { InboundContent } from '@posthorn/message';
import { toInboundContent as toCloudContent, type Json } from '@posthorn/whatsapp-format';

/** Content by its type, in either form: the On-Premises one has a type of its own for voice notes. */
export function toInboundContent(type: string, value: Json | undefined): InboundContent {
  if (type !== 'voice') return toCloudContent(type, value);
  const audio = toCloudContent('audio', value);
  return audio.media === undefined ? { type, data: value } : { ...audio, media: { ...audio.media, voice: true } };
}
