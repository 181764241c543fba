import { describe, expect, it } from '@jest/globals';
import type { Content, TemplateComponent } from '@posthorn/message';
import { checkContent, checkReply } from './check-content.ts';
import { omniSamples } from './fixtures/omni-samples.ts';

const id = { providerMediaId: '7' };
const url = 'https://files.example.test/a';
const buttons = [{ id: 'a', title: 'A' }];
const frame = { type: 'interactive', body: 'Choose' } as const;
const flow = { ...frame, kind: 'flow', flowId: '1', flowToken: 't', callToAction: 'Go' } as const;
const template = (...components: TemplateComponent[]): Content => ({
  type: 'template',
  name: 'hello',
  language: 'en',
  components,
});
const body = (text: string, name?: string) =>
  template({ type: 'body', parameters: [{ type: 'text', text, ...(name !== undefined && { name }) }] });
const button = (index: number) => ({ type: 'button' as const, kind: 'quick_reply' as const, index, payload: 'x' });
const pointersOf = (content: Content, settings?: unknown) =>
  checkContent(content, settings).map(({ pointer }) => pointer);

const refused: readonly (readonly [name: string, content: Content, pointers: readonly string[]])[] = [
  ['a reaction', { type: 'reaction', to: 'x', emoji: '👍' }, ['/type']],
  ['an image by an id', { type: 'image', ...id }, ['/providerMediaId']],
  ['a sticker by an id', { type: 'sticker', ...id }, ['/providerMediaId']],
  [
    'a header by an id',
    { ...frame, kind: 'buttons', buttons, header: { type: 'image', ...id } },
    ['/header/providerMediaId'],
  ],
  [
    'a template’s header by an id',
    template({ type: 'header', parameters: [{ type: 'video', ...id }] }),
    ['/components/0/parameters/0/providerMediaId'],
  ],
  ['a catalogue', { ...frame, kind: 'catalog' }, ['/kind']],
  ['a request of an address', { ...frame, kind: 'address', action: {} }, ['/kind']],
  ['words with a request of call permission', { ...frame, kind: 'call_permission_request' }, ['/body']],
  [
    'a list under an image',
    { ...frame, kind: 'list', button: 'O', sections: [{ rows: buttons }], header: { type: 'image', url } },
    ['/header/type'],
  ],
  ['a flow under an image', { ...flow, header: { type: 'image', url } }, ['/header/type']],
  [
    'an order’s status with a header',
    { ...frame, kind: 'order_status', action: {}, header: { type: 'text', text: 'H' } },
    ['/header'],
  ],
  [
    'a product list without a header',
    { ...frame, kind: 'product_list', catalogId: 'c', sections: [{ title: 'T', productIds: ['p'] }] },
    ['/header'],
  ],
  [
    'two buttons of one id',
    { ...frame, kind: 'buttons', buttons: [...buttons, { id: 'a', title: 'B' }] },
    ['/buttons/1/id'],
  ],
  [
    'sections without titles',
    {
      ...frame,
      kind: 'list',
      button: 'O',
      sections: [{ rows: buttons }, { title: 'T', rows: [{ id: 'b', title: 'B' }] }],
    },
    ['/sections/0/title'],
  ],
  [
    'a flow by its name',
    { ...frame, kind: 'flow', flowName: 'f', callToAction: 'Go' },
    ['/flowId', '/flowToken', '/flowName'],
  ],
  ['a flow’s data without a screen', { ...flow, data: { a: 1 } }, ['/screen']],
  ['a template’s name in capitals', { type: 'template', name: 'Hello', language: 'en' }, ['/name']],
  ['a placeholder of two lines', body('a\nb'), ['/components/0/parameters/0/text']],
  ['a placeholder with five spaces', body('a     b'), ['/components/0/parameters/0/text']],
  ['a placeholder with a name', body('a', 'customer'), ['/components/0/parameters/0/name']],
  [
    'an image in a template’s body',
    template({ type: 'body', parameters: [{ type: 'image', url }] }),
    ['/components/0/parameters/0/type'],
  ],
  [
    'a second header',
    template(...[1, 2].map((): TemplateComponent => ({ type: 'header', parameters: [{ type: 'text', text: 'H' }] }))),
    ['/components/1/type'],
  ],
  ['two template buttons in one place', template(button(0), button(0)), ['/components/1/index']],
  [
    'a contact without a first name',
    { type: 'contacts', contacts: [{ name: { formattedName: 'Ann' } }] },
    ['/contacts/0/name/firstName'],
  ],
  [
    'a phone of an unknown type',
    {
      type: 'contacts',
      contacts: [{ name: { formattedName: 'Ann', firstName: 'Ann' }, phones: [{ phone: '1', type: 'SATELLITE' }] }],
    },
    ['/contacts/0/phones/0/type'],
  ],
];

const refusedByOmni: readonly (readonly [name: string, content: Content, pointers: readonly string[]])[] = [
  ['a sticker', { type: 'sticker', url }, ['/type']],
  ['a reaction', { type: 'reaction', to: 'x', emoji: '👍' }, ['/type']],
  ['buttons', { ...frame, kind: 'buttons', buttons }, ['/type']],
  ['an audio file by an id', { type: 'audio', ...id }, ['/providerMediaId']],
  [
    'a template with cards',
    template({ type: 'carousel', cards: [{ components: [button(0)] }] }),
    ['/components/0/type'],
  ],
  ['a template’s code', template({ type: 'button', kind: 'copy_code', index: 0, code: 'x' }), ['/components/0/kind']],
  [
    'a long end of an address',
    template({ type: 'button', kind: 'url', index: 0, text: 'x'.repeat(1501) }),
    ['/components/0/text'],
  ],
];

describe('infobip: what is refused before accept', () => {
  it.each(refused)('%s', (_name, content, pointers) => {
    expect(pointersOf(content)).toEqual(pointers);
  });

  it.each(refusedByOmni)('by OMNI: %s', (_name, content, pointers) => {
    expect(pointersOf(content, { api: 'omni' })).toEqual(pointers);
  });

  it.each(omniSamples)('passes with both APIs: $name', ({ content }) => {
    expect(pointersOf(content)).toEqual([]);
    expect(pointersOf(content, { api: 'omni' })).toEqual([]);
  });

  it('shows nothing of the content', () => {
    for (const [, content] of [...refused, ...refusedByOmni]) {
      for (const settings of [undefined, { api: 'omni' }]) {
        for (const { detail } of checkContent(content, settings))
          expect(detail).not.toMatch(/SATELLITE|Hello|example/u);
      }
    }
  });
});

describe('infobip: quotes', () => {
  const text: Content = { type: 'text', body: 'a' };

  it('are for all but templates by the current API, and for nothing by the OMNI API', () => {
    expect(checkReply(text)).toBeNull();
    expect(checkReply(text, { api: 'whatsapp' })).toBeNull();
    expect(checkReply(template())).toContain('leave replyTo out');
    expect(checkReply(text, { api: 'omni' })).toContain('OMNI');
  });
});
