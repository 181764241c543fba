import type { ContentOf } from '@posthorn/message';
import { contentSidSchema, type ContentSettings } from './settings.ts';

/**
 * The content that a template message means: its name is a content SID, or a name of the channel's own (setting `templates`). Null:
 * neither. A content has one language, so the language only chooses among those of a name.
 */
export function contentSidOf(
  { name, language }: Pick<ContentOf<'template'>, 'name' | 'language'>,
  { templates }: Pick<ContentSettings, 'templates'>,
): string | 'no_name' | 'no_language' {
  if (contentSidSchema.safeParse(name).success) return name;
  const known = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (known === undefined) return 'no_name';
  if (typeof known === 'string') return known;
  return (Object.hasOwn(known, language) ? known[language] : undefined) ?? 'no_language';
}
