import { describe, expect, it } from '@jest/globals';
import { contentSchema } from './content.ts';
import { mapFiles, storedFiles } from './stored-files.ts';

const media = { id: 'med_01JD8T0Z5R4YV3W2X1Q0P9N8M7' };
const object = { bucket: 'files', key: 'a/b.png' };

describe('files in content that the provider does not know', () => {
  it('are found wherever a file may stand, and get the name that the provider knows', () => {
    const contents = [
      { type: 'document', filename: 'a.pdf', media },
      {
        type: 'interactive',
        kind: 'buttons',
        body: 'b',
        header: { type: 'image', object },
        buttons: [{ id: '1', title: '1' }],
      },
      {
        type: 'template',
        name: 't',
        language: 'en',
        components: [
          { type: 'header', parameters: [{ type: 'video', media }] },
          { type: 'carousel', cards: [{ components: [{ type: 'header', parameters: [{ type: 'image', media }] }] }] },
        ],
      },
    ].map((content) => contentSchema.parse(content));
    expect(contents.flatMap(storedFiles).map(({ kind, pointer }) => `${kind} ${pointer}`)).toEqual([
      'document ',
      'image /header',
      'video /components/0/parameters/0',
      'image /components/1/cards/0/components/0/parameters/0',
    ]);
    for (const content of contents) {
      const named = contentSchema.parse(
        JSON.parse(JSON.stringify(mapFiles(content, () => ({ url: 'https://a.test/b' })))),
      );
      expect(storedFiles(named)).toEqual([]);
      expect(JSON.stringify(named)).toContain('https://a.test/b');
    }
  });

  it('leaves alone what the provider fetches or has, and refuses two names of one file', () => {
    const content = contentSchema.parse({ type: 'image', url: 'https://a.test/b' });
    expect(mapFiles(content, () => ({ providerMediaId: '1' }))).toBe(content);
    expect(contentSchema.safeParse({ type: 'image', url: 'https://a.test/b', media }).success).toBe(false);
    expect(contentSchema.safeParse({ type: 'image' }).success).toBe(false);
  });
});
