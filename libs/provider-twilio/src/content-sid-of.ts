import type { ContentOf } from '@posthorn/message';
import { contentSidSchema, type ContentSettings } from './settings.ts';

type FoundContent = { readonly kind: 'found'; readonly sid: string } | { readonly kind: 'no_name' | 'no_language' };

/**
 * The content that a template message means: its name is a content SID, or a name of the channel's own (setting `templates`). A content
 * has one language, so the language only chooses among those of a name.
 */
export function contentSidOf(
  { name, language }: Pick<ContentOf<'template'>, 'name' | 'language'>,
  { templates }: Pick<ContentSettings, 'templates'>,
): FoundContent {
  if (contentSidSchema.safeParse(name).success) return { kind: 'found', sid: name };
  const known = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (known === undefined) return { kind: 'no_name' };
  if (typeof known === 'string') return { kind: 'found', sid: known };
  const sid = Object.hasOwn(known, language) ? known[language] : undefined;
  return sid === undefined ? { kind: 'no_language' } : { kind: 'found', sid };
}
