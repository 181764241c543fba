import { describe, expect, it } from '@jest/globals';
import type { Content } from '@posthorn/message';
import { checkContent } from './check-content.ts';
import { orderContentSid, settingsWith } from './fixtures/connected-channel.ts';

const pointersOf = (content: Content, settings: unknown = settingsWith()) =>
  checkContent(content, settings).map(({ pointer }) => pointer);

const buttons: Content = { type: 'interactive', kind: 'buttons', body: 'Sure?', buttons: [{ id: 'y', title: 'Yes' }] };
const template = { type: 'template', name: orderContentSid, language: 'en' } as const;
const textOf = (text: string, name?: string) => ({ type: 'text', text, ...(name !== undefined && { name }) }) as const;

describe('twilio: what is refused before accept', () => {
  const url = 'https://files.example.test/a';
  it.each<[string, Content, string[]]>([
    ['contacts', { type: 'contacts', contacts: [{ name: { formattedName: 'Ann' } }] }, ['/type']],
    ['a reaction', { type: 'reaction', to: 'x', emoji: '👍' }, ['/type']],
    ['an uploaded file', { type: 'image', providerMediaId: '7' }, ['/providerMediaId']],
    ['an uploaded sticker', { type: 'sticker', providerMediaId: '7' }, ['/providerMediaId']],
    ['a file name', { type: 'document', url, filename: 'a.pdf' }, ['/filename']],
    ['a kind without a content', { type: 'interactive', kind: 'location_request', body: 'Where?' }, ['/kind']],
    ['a footer', { ...buttons, footer: 'Small' }, ['/footer']],
    ['a header', { ...buttons, header: { type: 'text', text: 'Big' } }, ['/header']],
    ['line breaks in a variable', { ...buttons, body: 'one\ntwo' }, ['/body']],
    ['a template nobody knows', { ...template, name: 'unknown' }, ['/name']],
    ['a template by a name of the language itself', { ...template, name: 'toString' }, ['/name']],
    ['a template in another language', { ...template, name: 'welcome', language: 'de' }, ['/language']],
    [
      'line breaks in a template variable',
      { ...template, components: [{ type: 'body', parameters: [textOf('one\ntwo')] }] },
      ['/components/0/parameters/0/text'],
    ],
    [
      'two variables of one name',
      { ...template, components: [{ type: 'body', parameters: [textOf('a'), textOf('b', '1')] }] },
      ['/components/0/parameters/1/text'],
    ],
    [
      'a location, an uploaded file and a flow in a template',
      {
        ...template,
        components: [
          { type: 'header', parameters: [{ type: 'location', latitude: 1, longitude: 1 }] },
          { type: 'header', parameters: [{ type: 'image', providerMediaId: '7' }] },
          { type: 'button', kind: 'flow', index: 0 },
          { type: 'limited_time_offer', expiresAt: '2026-12-01T00:00:00Z' },
        ],
      },
      [
        '/components/0/parameters/0/type',
        '/components/1/parameters/0/providerMediaId',
        '/components/2/kind',
        '/components/3/type',
      ],
    ],
    [
      'sections with a title, and descriptions in some rows only',
      {
        type: 'interactive',
        kind: 'list',
        body: 'When?',
        button: 'Times',
        sections: [
          {
            title: 'Day',
            rows: [
              { id: 'a', title: 'A', description: 'first' },
              { id: 'b', title: 'B' },
            ],
          },
        ],
      },
      ['/sections/0/title', '/sections'],
    ],
  ])('%s', (_, content, pointers) => {
    expect(pointersOf(content)).toEqual(pointers);
  });

  it('buttons whose content the channel does not have, by name', () => {
    const faults = checkContent(buttons, settingsWith({ contents: {} }));
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/kind']);
    expect(faults[0]?.detail).toContain('buttons-1');
  });

  it('nothing about templates where the settings are not known', () => {
    expect(checkContent({ ...template, name: 'unknown' })).toEqual([]);
    expect(checkContent(buttons)).toEqual([]);
  });

  it('never with a value in its words', () => {
    const marker = 'posthorn-marker';
    for (const content of [
      { ...template, name: marker },
      { ...buttons, body: `${marker}\n${marker}` },
    ] satisfies Content[]) {
      expect(JSON.stringify(checkContent(content, settingsWith()))).not.toContain(marker);
    }
  });
});
