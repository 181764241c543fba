import { describe, expect, it } from '@jest/globals';
import { contentSchema } from './content.ts';

const url = 'https://files.example.test/a';
const pointersOf = (content: unknown) =>
  contentSchema.safeParse(content).error?.issues.map(({ path }) => `/${path.join('/')}`) ?? [];
const buttons = { type: 'interactive', kind: 'buttons', body: 'Sure?', buttons: [{ id: 'y', title: 'Yes' }] };
const list = {
  type: 'interactive',
  kind: 'list',
  body: 'x',
  button: 'Open',
  sections: [{ rows: [{ id: 'a', title: 'A' }] }],
};
const template = (component: unknown) => ({ type: 'template', name: 't', language: 'en_US', components: [component] });

const good: readonly (readonly [name: string, content: unknown])[] = [
  ['one character', { type: 'text', body: 'x' }],
  ['a text of any length: its limit is the provider’s', { type: 'text', body: 'x'.repeat(100_000) }],
  ['a file by address', { type: 'image', url }],
  ['a file by id', { type: 'sticker', providerMediaId: '1' }],
  ['an address of 2048 characters', { type: 'image', url: `https://e.test/${'a'.repeat(2_033)}` }],
  ['a file name of 240 characters', { type: 'document', url, filename: 'a'.repeat(240) }],
  ['the poles', { type: 'location', latitude: -90, longitude: 180 }],
  ['a name of 1000 characters', { type: 'location', latitude: 0, longitude: 0, name: 'a'.repeat(1_000) }],
  ['no emoji: the reaction is removed', { type: 'reaction', to: 'x', emoji: '' }],
  ['a leap day', { type: 'contacts', contacts: [{ name: { formattedName: 'A' }, birthday: '2024-02-29' }] }],
  ['a language of three letters', { type: 'template', name: 't', language: 'fil' }],
  ['the first and last button', template({ type: 'button', kind: 'url', index: 9, text: 'x' })],
  [
    'ten cards',
    template({
      type: 'carousel',
      cards: Array.from({ length: 10 }, () => ({
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'x' }] }],
      })),
    }),
  ],
  ['an offer with an offset of time', template({ type: 'limited_time_offer', expiresAt: '2026-11-21T10:00:00+01:00' })],
  ['buttons', buttons],
  ['a list', list],
];

const bad: readonly (readonly [name: string, content: unknown, pointers: readonly string[]])[] = [
  ['no object', 'hello', ['/']],
  ['an unknown type', { type: 'hologram' }, ['/type']],
  ['no type', { body: 'x' }, ['/type']],
  ['an empty text', { type: 'text', body: '' }, ['/body']],
  ['a text that is none', { type: 'text', body: 7 }, ['/body']],
  ['a field too many', { type: 'text', body: 'x', colour: 'red' }, ['/']],
  ['no file', { type: 'image' }, ['/']],
  ['two files', { type: 'image', url, providerMediaId: '1' }, ['/']],
  ['a caption where there is none', { type: 'audio', url, caption: 'x' }, ['/']],
  ['an empty caption', { type: 'image', url, caption: '' }, ['/caption']],
  ['another protocol', { type: 'image', url: 'file:///etc/passwd' }, ['/url']],
  ['a script', { type: 'image', url: 'javascript:alert(1)' }, ['/url']],
  ['an address of 2049 characters', { type: 'image', url: `https://e.test/${'a'.repeat(2_034)}` }, ['/url']],
  ['a file name of 241 characters', { type: 'document', url, filename: 'a'.repeat(241) }, ['/filename']],
  ['beyond the pole', { type: 'location', latitude: 90.1, longitude: 0 }, ['/latitude']],
  ['beyond the date line', { type: 'location', latitude: 0, longitude: -180.1 }, ['/longitude']],
  ['degrees as text', { type: 'location', latitude: '1', longitude: 0 }, ['/latitude']],
  ['no contacts', { type: 'contacts', contacts: [] }, ['/contacts']],
  ['a nameless contact', { type: 'contacts', contacts: [{ name: {} }] }, ['/contacts/0/name/formattedName']],
  [
    'no such day',
    { type: 'contacts', contacts: [{ name: { formattedName: 'A' }, birthday: '2026-02-30' }] },
    ['/contacts/0/birthday'],
  ],
  ['a reaction to nothing', { type: 'reaction', to: '', emoji: '👍' }, ['/to']],
  ['no kind', { type: 'interactive', body: 'x' }, ['/kind']],
  ['an unknown kind', { ...buttons, kind: 'dance' }, ['/kind']],
  ['no buttons', { ...buttons, buttons: [] }, ['/buttons']],
  ['a nameless button', { ...buttons, buttons: [{ id: 'y', title: '' }] }, ['/buttons/0/title']],
  ['an empty section', { ...list, sections: [{ rows: [] }] }, ['/sections/0/rows']],
  ['a row without an id', { ...list, sections: [{ rows: [{ title: 'A' }] }] }, ['/sections/0/rows/0/id']],
  ['a header with two files', { ...buttons, header: { type: 'image', url, providerMediaId: '1' } }, ['/header']],
  ['no link', { type: 'interactive', kind: 'cta_url', body: 'x', displayText: 'Pay', url: 'pay' }, ['/url']],
  ['a language in another form', { type: 'template', name: 't', language: 'en-US' }, ['/language']],
  ['a template name of 513 characters', { type: 'template', name: 'a'.repeat(513), language: 'en' }, ['/name']],
  [
    'a button beyond the last',
    template({ type: 'button', kind: 'url', index: 10, text: 'x' }),
    ['/components/0/index'],
  ],
  [
    'two headers in one',
    template({
      type: 'header',
      parameters: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    }),
    ['/components/0/parameters'],
  ],
  [
    'a currency of two letters',
    template({ type: 'body', parameters: [{ type: 'currency', fallback: 'x', code: 'EU', amount1000: 1 }] }),
    ['/components/0/parameters/0/code'],
  ],
  [
    'half a thousandth',
    template({ type: 'body', parameters: [{ type: 'currency', fallback: 'x', code: 'EUR', amount1000: 0.5 }] }),
    ['/components/0/parameters/0/amount1000'],
  ],
  [
    'eleven cards',
    template({
      type: 'carousel',
      cards: Array.from({ length: 11 }, () => ({
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'x' }] }],
      })),
    }),
    ['/components/0/cards'],
  ],
];

describe('content', () => {
  it.each(good)('passes: %s', (_, content) => {
    expect(contentSchema.parse(content)).toEqual(content);
  });

  it.each(bad)('is refused: %s', (_, content, pointers) => {
    expect(pointersOf(content)).toEqual(pointers);
  });
});
