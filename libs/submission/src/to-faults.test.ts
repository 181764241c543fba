import { describe, expect, it } from '@jest/globals';
import { sendRequestSchema } from '@posthorn/message';
import { toFaults } from './to-faults.ts';

const good = { channelId: 'demo', to: '+15550001111', content: { type: 'text', body: 'hi' } };

function faultsOf(request: unknown, root?: string) {
  const parsed = sendRequestSchema.safeParse(request);
  return parsed.success ? [] : toFaults(parsed.error.issues, root);
}

describe('what was wrong with a request', () => {
  it.each([
    [
      'an unknown type',
      { ...good, content: { type: 'fax' } },
      '/content/type',
      /^expected one of text, template, image/u,
    ],
    ['no type', { ...good, content: {} }, '/content/type', /^expected one of text/u],
    [
      'only the branch of the given kind',
      { ...good, content: { type: 'interactive', kind: 'buttons', body: 'x' } },
      '/content/buttons',
      /^expected an array, but it is not there; add it$/u,
    ],
    [
      'a number in place of text',
      { ...good, content: { type: 'text', body: 1 } },
      '/content/body',
      /^expected string, got number$/u,
    ],
    ['an unknown field', { ...good, tto: 'x' }, '/tto', /not known here/u],
    ['an unknown field with signs of its own', { ...good, 'a/b~c': 'x' }, '/a~1b~0c', /not known here/u],
    [
      'an unknown field of the content',
      { ...good, content: { type: 'text', body: 'x', colour: 1 } },
      '/content/colour',
      /not known here/u,
    ],
    ['a bad number', { ...good, to: '0049 555' }, '/to', /^expected a phone number in E.164 form/u],
    ['an unknown lane', { ...good, priority: 'asap' }, '/priority', /^expected one of high, normal, bulk$/u],
    ['a time without its zone', { ...good, sendAt: '2026-11-24 16:00' }, '/sendAt', /like 2026-11-24T16:00:00Z$/u],
    [
      'two files in one',
      { ...good, content: { type: 'image', url: 'https://example.com/a', providerMediaId: '1' } },
      '/content',
      /^expected exactly one of url, media, object and providerMediaId$/u,
    ],
    ['nothing at all', null, '', /^expected object, got null$/u],
    [
      'both ways to end',
      { ...good, ttlSeconds: 5, expiresAt: '2026-11-24T16:00:00Z' },
      '/ttlSeconds',
      /^expected at most one/u,
    ],
  ])('tells of %s', (_name, request, pointer, detail) => {
    expect(faultsOf(request)).toEqual([{ pointer, detail: expect.stringMatching(detail) }]);
  });

  it('tells all faults at once, from the place the request stands at', () => {
    const pointers = faultsOf({ to: '1', content: { type: 'text' } }, '/messages/3').map(({ pointer }) => pointer);
    expect(pointers).toEqual(['/messages/3/channelId', '/messages/3/to', '/messages/3/content/body']);
  });

  it('stops at 50 faults', () => {
    const unknown = Object.fromEntries(Array.from({ length: 500 }, (_none, index) => [`x${index}`, 1]));
    expect(faultsOf({ ...good, ...unknown })).toHaveLength(50);
  });

  it('repeats no value of the request', () => {
    const told = JSON.stringify(
      faultsOf({ ...good, to: 'secret-1', priority: 'secret-2', content: { type: 'secret-3' } }),
    );
    expect(told).not.toContain('secret');
  });
});
