const entityByCharacter: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that is not escaped again. */
export interface Html {
  readonly markup: string;
}

/** What a template takes. */
export type Part = string | number | Html | readonly Html[];

/** A template tag: what is put in is escaped, unless it is markup itself. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: texts.map((text, at) => `${text}${toMarkup(parts[at] ?? '')}`).join('') };
}

function toMarkup(part: Part): string {
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return part.replaceAll(/[&<>"']/gu, (found) => entityByCharacter[found] ?? found);
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('\n');
}
