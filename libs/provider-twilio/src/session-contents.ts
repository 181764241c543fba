import type { InteractiveContent } from '@posthorn/message';
import { limits } from './limits.ts';

const counts = (max: number) => Array.from({ length: max }, (_, index) => index + 1);

/**
 * Twilio sends buttons and lists only from contents that were made before (Content API), and a content fixes how many of them there
 * are. So a channel has one content for each shape, all of whose words are variables: `buttons-2`, `list-5`, `described-list-5`,
 * `cta-url`. Made once, they serve every message of that shape inside the 24 hours' window, without approval.
 */
export const sessionContentNames: readonly string[] = [
  ...counts(limits.buttons).map((count) => `buttons-${count}`),
  ...counts(limits.rows).map((count) => `list-${count}`),
  ...counts(limits.rows).map((count) => `described-list-${count}`),
  'cta-url',
];

/** Kinds of interactive messages that have a content. */
export type SessionContent = Extract<InteractiveContent, { kind: 'buttons' | 'list' | 'cta_url' }>;

/** Whether a kind of interactive message has a content here. */
export function isSessionContent(content: InteractiveContent): content is SessionContent {
  return content.kind === 'buttons' || content.kind === 'list' || content.kind === 'cta_url';
}

/** The content that a message needs, and the words that fill it, in the order of their variables (`{{1}}` first). */
export function sessionContentOf(content: SessionContent): { readonly name: string; readonly values: string[] } {
  switch (content.kind) {
    case 'buttons':
      return {
        name: `buttons-${content.buttons.length}`,
        values: [content.body, ...content.buttons.flatMap(({ id, title }) => [title, id])],
      };
    case 'list': {
      const rows = content.sections.flatMap((section) => section.rows);
      const described = rows.some(({ description }) => description !== undefined);
      return {
        name: `${described ? 'described-' : ''}list-${rows.length}`,
        values: [
          content.body,
          content.button,
          ...rows.flatMap(({ id, title, description }) => (described ? [title, id, description ?? ''] : [title, id])),
        ],
      };
    }
    case 'cta_url':
      return { name: 'cta-url', values: [content.body, content.displayText, content.url] };
    default:
      return content satisfies never;
  }
}

/**
 * The bodies of `POST https://content.twilio.com/v1/Content` that make the contents, by name; the SIDs answered belong into the
 * channel's setting `contents`. Source: Twilio, Content API, read 2026-11.
 */
export function sessionContentDefinitions(): Readonly<Record<string, ReturnType<typeof definitionOf>>> {
  return Object.fromEntries(sessionContentNames.map((name) => [name, definitionOf(name)]));
}

function definitionOf(name: string) {
  const [, shape = '', digits = ''] = /^([a-z-]+?)(?:-(\d+))?$/u.exec(name) ?? [];
  const count = Number(digits);
  let used = 0;
  const next = () => `{{${(used += 1)}}}`;
  const types = typesOf(shape, count, next);
  const variables = Object.fromEntries(counts(used).map((index) => [String(index), `Text ${index}`]));
  return { friendly_name: `posthorn_${name.replaceAll('-', '_')}`, language: 'en', variables, types };
}

function typesOf(shape: string, count: number, next: () => string) {
  if (shape === 'buttons') {
    const body = next();
    return { 'twilio/quick-reply': { body, actions: counts(count).map(() => ({ title: next(), id: next() })) } };
  }
  if (shape === 'cta-url') {
    const body = next();
    return { 'twilio/call-to-action': { body, actions: [{ type: 'URL', title: next(), url: next() }] } };
  }
  const described = shape === 'described-list';
  const body = next();
  const button = next();
  const items = counts(count).map(() => ({
    item: next(),
    id: next(),
    ...(described && { description: next() }),
  }));
  return { 'twilio/list-picker': { body, button, items } };
}
