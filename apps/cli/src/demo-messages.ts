import type { Content } from '@posthorn/message';
import type { Provider } from '@posthorn/provider';
import { demoInteractive } from './demo-interactive.ts';
import { demoTemplates } from './demo-templates.ts';

/** One message of the demo. */
export interface DemoMessage {
  readonly kind: string;
  readonly content: Content;
  /** The message it quotes. */
  readonly replyTo?: string;
  /** The last status it should get by itself. */
  readonly ends: 'sent' | 'read' | 'played';
}

/** A kind of message, in the fullest form first: a provider gets the first one it can do. */
export interface DemoForms extends Pick<DemoMessage, 'kind' | 'replyTo'> {
  readonly forms: readonly [Content, ...Content[]];
  /** By provider, where a part of the content is in the provider's own terms. */
  readonly ownForms?: Readonly<Record<string, Content>>;
}

const files = 'https://files.example.com';
const address = { name: 'Depot', address: '1 Example Street', latitude: 52.52, longitude: 13.405 } as const;
const document = { type: 'document', url: `${files}/invoice.pdf`, caption: 'Your invoice' } as const;

/**
 * A message of every type, interactive kind and template part that a provider can do with these settings. All of it is
 * fictional.
 */
export function demoMessages(
  { id, check, checkReply, capabilities }: Pick<Provider, 'id' | 'check' | 'checkReply' | 'capabilities'>,
  settings: unknown,
  inboundId: string,
  voiceEnds?: 'read',
): readonly DemoMessage[] {
  return [...plain(inboundId), ...demoInteractive, ...demoTemplates].flatMap(
    ({ kind, forms, ownForms = {}, replyTo }) => {
      const content = [ownForms[id] ?? [], forms].flat().find((form) => check(form, settings).length === 0);
      if (content === undefined) return [];
      const isRefused = !capabilities.replyTo || (checkReply?.(content, settings) ?? null) !== null;
      if (replyTo !== undefined && isRefused) return [];
      return [
        { kind, content, ...(replyTo !== undefined && { replyTo }), ends: endOf(content, capabilities, voiceEnds) },
      ];
    },
  );
}

/** What a person's phone tells last: nobody is told that a reaction was read, and only voice notes are played. */
function endOf(
  content: Content,
  { statuses }: Provider['capabilities'],
  voiceEnds: DemoMessage['ends'] = statuses.has('played') ? 'played' : 'read',
): DemoMessage['ends'] {
  if (content.type === 'reaction') return 'sent';
  return content.type === 'audio' && content.voice === true ? voiceEnds : 'read';
}

function plain(inboundId: string): readonly DemoForms[] {
  return [
    one('text', { type: 'text', body: 'Your parcel arrives today. https://example.com/track', previewUrl: true }),
    { ...one('text, reply', { type: 'text', body: 'It is on its way.' }), replyTo: inboundId },
    one('image', { type: 'image', url: `${files}/parcel.jpg`, caption: 'Your parcel' }),
    one('video', { type: 'video', url: `${files}/unpacking.mp4`, caption: 'How to unpack it' }),
    one('audio', { type: 'audio', url: `${files}/jingle.mp3` }),
    one('audio, voice', { type: 'audio', voice: true, url: `${files}/note.ogg` }),
    { kind: 'document', forms: [{ ...document, filename: 'invoice.pdf' }, document] },
    one('sticker', { type: 'sticker', url: `${files}/thanks.webp` }),
    one('location', { type: 'location', ...address }),
    one('contacts', {
      type: 'contacts',
      contacts: [
        {
          name: { formattedName: 'Example Support', firstName: 'Example' },
          phones: [{ phone: '+15550009999', type: 'WORK' }],
          emails: [{ email: 'support@example.com', type: 'WORK' }],
        },
      ],
    }),
    one('reaction', { type: 'reaction', to: inboundId, emoji: '👍' }),
  ];
}

function one(kind: string, content: Content): DemoForms {
  return { kind, forms: [content] };
}
