import { describe, expect, it } from '@jest/globals';
import type { Content } from '@posthorn/message';
import { checkContent as check } from './check-content.ts';
import { whatsappLimits } from './limits.ts';

const checkContent = (content: Content) => check(content, whatsappLimits);

const frame = { type: 'interactive', body: 'Choose' } as const;
const textHeader = { type: 'text', text: 'Top' } as const;
const imageHeader = { type: 'image', providerMediaId: '1' } as const;

describe('content in Meta’s format: what is refused before accept', () => {
  it('says what was allowed and what came', () => {
    expect(checkContent({ type: 'text', body: 'x'.repeat(5_000) })).toEqual([
      { pointer: '/body', detail: 'text.body: at most 4096 characters, came 5000' },
    ]);
  });

  it('counts characters, not bytes and not UTF-16 units', () => {
    expect(checkContent({ type: 'text', body: '𝒳'.repeat(4_096) })).toEqual([]);
    expect(checkContent({ type: 'text', body: 'é'.repeat(4_096) })).toEqual([]);
    expect(checkContent({ type: 'text', body: '𝒳'.repeat(4_097) })).toHaveLength(1);
  });

  it('goes by the limits of whoever asks', () => {
    const content: Content = { type: 'text', body: 'x'.repeat(1_601) };
    expect(check(content, { ...whatsappLimits, textBody: 1_600 })).toEqual([
      { pointer: '/body', detail: 'text.body: at most 1600 characters, came 1601' },
    ]);
  });

  it('tells all faults at once', () => {
    const content: Content = {
      ...frame,
      kind: 'list',
      body: 'x'.repeat(4_097),
      button: 'x'.repeat(21),
      sections: [{ title: 'x'.repeat(25), rows: [{ id: 'a', title: 'x'.repeat(25) }] }],
    };
    expect(checkContent(content).map(({ pointer }) => pointer)).toEqual([
      '/body',
      '/button',
      '/sections/0/title',
      '/sections/0/rows/0/title',
    ]);
  });

  const rows: readonly (readonly [name: string, content: Content, pointers: readonly string[]])[] = [
    [
      'a list with an image above',
      { ...frame, kind: 'list', header: imageHeader, button: 'Open', sections: [{ rows: [{ id: 'a', title: 'A' }] }] },
      ['/header/type'],
    ],
    [
      'several sections without titles',
      {
        ...frame,
        kind: 'list',
        button: 'Open',
        sections: [{ rows: [{ id: 'a', title: 'A' }] }, { title: 'B', rows: [{ id: 'b', title: 'B' }] }],
      },
      ['/sections/0/title'],
    ],
    [
      'the same row twice',
      {
        ...frame,
        kind: 'list',
        button: 'Open',
        sections: [
          {
            rows: [
              { id: 'a', title: 'A' },
              { id: 'a', title: 'B' },
            ],
          },
        ],
      },
      ['/sections/0/rows/1/id'],
    ],
    [
      'the same button twice',
      {
        ...frame,
        kind: 'buttons',
        buttons: [
          { id: 'a', title: 'A' },
          { id: 'a', title: 'A' },
        ],
      },
      ['/buttons/1/id', '/buttons/1/title'],
    ],
    [
      'eleven rows spread over two sections',
      {
        ...frame,
        kind: 'list',
        button: 'Open',
        sections: ['x', 'y'].map((name, at) => ({
          title: name,
          rows: Array.from({ length: 5 + at }, (_, index) => ({ id: `${name}${index}`, title: 'Row' })),
        })),
      },
      ['/sections'],
    ],
    [
      'a product with a header',
      { ...frame, kind: 'product', header: textHeader, catalogId: '7', productId: '1' },
      ['/header'],
    ],
    [
      'a product list without a header',
      { ...frame, kind: 'product_list', catalogId: '7', sections: [{ title: 'A', productIds: ['1'] }] },
      ['/header'],
    ],
    ['a flow without its id', { ...frame, kind: 'flow', callToAction: 'Go' }, ['/flowId']],
    [
      'a flow with id and name',
      { ...frame, kind: 'flow', callToAction: 'Go', flowId: '1', flowName: 'a' },
      ['/flowId'],
    ],
    ['data for no screen', { ...frame, kind: 'flow', callToAction: 'Go', flowId: '1', data: { a: 1 } }, ['/screen']],
    ['a word as reaction', { type: 'reaction', to: 'msg', emoji: 'ok' }, ['/emoji']],
    ['a letter as reaction', { type: 'reaction', to: 'msg', emoji: 'k' }, ['/emoji']],
    ['two emoji as reaction', { type: 'reaction', to: 'msg', emoji: '👍👍' }, ['/emoji']],
    ['an emoji of several parts', { type: 'reaction', to: 'msg', emoji: '👨‍👩‍👧‍👦' }, []],
    ['a flag', { type: 'reaction', to: 'msg', emoji: '🇩🇪' }, []],
    ['a keycap', { type: 'reaction', to: 'msg', emoji: '1️⃣' }, []],
    ['a heart without its variation mark', { type: 'reaction', to: 'msg', emoji: '❤' }, []],
    ['a template name that cannot be', { type: 'template', name: 'Order-Update', language: 'en' }, ['/name']],
    [
      'currency in a template’s header',
      {
        type: 'template',
        name: 'a',
        language: 'en',
        components: [
          { type: 'header', parameters: [{ type: 'currency', fallback: '1 €', code: 'EUR', amount1000: 1_000 }] },
        ],
      },
      ['/components/0/parameters/0/type'],
    ],
    [
      'an image in a card’s body',
      {
        type: 'template',
        name: 'a',
        language: 'en',
        components: [
          {
            type: 'carousel',
            cards: [{ components: [{ type: 'body', parameters: [{ type: 'image', providerMediaId: '1' }] }] }],
          },
        ],
      },
      ['/components/0/cards/0/components/0/parameters/0/type'],
    ],
    [
      'named and positional parameters together',
      {
        type: 'template',
        name: 'a',
        language: 'en',
        components: [
          {
            type: 'body',
            parameters: [
              { type: 'text', text: 'x', name: 'n' },
              { type: 'text', text: 'y' },
            ],
          },
        ],
      },
      ['/components/0/parameters'],
    ],
  ];
  it.each(rows)('%s', (_, content, pointers) => {
    expect(checkContent(content).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});
