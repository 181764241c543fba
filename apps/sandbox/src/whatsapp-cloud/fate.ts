import type { Account } from './account.ts';
import type { GraphProblem } from './errors.ts';
import type { Fate } from './lifecycle.ts';
import { kindOf, type MediaKind, type MediaStore } from './media-store.ts';
import type { SendBody } from './send-schema.ts';

type MediaUse = {
  readonly kind: MediaKind;
  readonly id: string | undefined;
  readonly link: string | undefined;
  readonly voice: boolean;
};

/** Media of the message itself and of its interactive or template header. */
function mediaIn(body: SendBody): readonly MediaUse[] {
  switch (body.type) {
    case 'image':
      return [use('image', body.image)];
    case 'video':
      return [use('video', body.video)];
    case 'audio':
      return [{ ...use('audio', body.audio), voice: body.audio.voice === true }];
    case 'document':
      return [use('document', body.document)];
    case 'sticker':
      return [use('sticker', body.sticker)];
    case 'interactive':
      return 'header' in body.interactive ? [body.interactive.header].flatMap(usesOf) : [];
    case 'template':
      return (body.template.components ?? []).flatMap((part) =>
        part.type === 'header' ? part.parameters.flatMap(usesOf) : [],
      );
    case 'text':
    case 'location':
    case 'contacts':
    case 'reaction':
      return [];
    default:
      return body satisfies never;
  }
}

type Source = { readonly id?: string | undefined; readonly link?: string | undefined };

function use(kind: MediaKind, { id, link }: Source): MediaUse {
  return { kind, id, link, voice: false };
}

function usesOf(
  part: { readonly image?: Source; readonly video?: Source; readonly document?: Source } | object | undefined,
): readonly MediaUse[] {
  if (part === undefined) return [];
  if ('image' in part && part.image !== undefined) return [use('image', part.image)];
  if ('video' in part && part.video !== undefined) return [use('video', part.video)];
  if ('document' in part && part.document !== undefined) return [use('document', part.document)];
  return [];
}

/** A media id nobody uploaded here, or another number did, is refused at once. */
export function mediaProblem(body: SendBody, account: Account, store: MediaStore): GraphProblem | null {
  for (const { kind, id } of mediaIn(body)) {
    if (id === undefined || store.get(id)?.phoneNumberId === account.phoneNumberId) continue;
    return {
      code: 131009,
      details: `Param ${kind}['id'] is not a valid whatsapp business account media attachment ID`,
    };
  }
  return null;
}

/** What will become of the message by itself: a file of the wrong type or a link that cannot be fetched fails later. */
export function fateOf(body: SendBody, account: Account, store: MediaStore, windowOpen: boolean): Fate {
  const uses = mediaIn(body);
  const failure = uses.map((one) => failureOf(one, account, store)).find((code) => code !== null);
  const closed = account.customerWindow && body.type !== 'template' && !windowOpen ? 131047 : undefined;
  const code = closed ?? failure;
  return {
    reaction: body.type === 'reaction',
    voice: uses.some(({ voice }) => voice),
    failure: code === undefined ? null : { code },
  };
}

function failureOf({ kind, id, link, voice }: MediaUse, account: Account, store: MediaStore): number | null {
  if (id !== undefined) {
    const type = store.get(id)?.mimeType ?? '';
    return kindOf(type) !== kind || (voice && !type.startsWith('audio/ogg')) ? 131053 : null;
  }
  const host = link === undefined ? '' : new URL(link).hostname;
  return Object.entries(account.failingLinks).find(([ending]) => host.endsWith(ending))?.[1] ?? null;
}
