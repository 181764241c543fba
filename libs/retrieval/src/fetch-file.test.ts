import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import type { ConnectedChannel, LookUpOutcome, MediaCalls } from '@posthorn/provider';
import { createFetchFile, type OpenFile } from './fetch-file.ts';

const plain = {
  addresses: [],
  account: 'a',
  pace: { channelPerSecond: null, conversation: null },
  tokens: null,
  toRequest: () => ({ operation: 'send', method: 'POST', url: 'http://127.0.0.1/' }) as const,
  handshake: () => null,
  verifies: () => false,
};
const media = { id: '1011', url: 'https://api.test/1011', mimeType: 'image/png' };
const found: LookUpOutcome = { kind: 'found', url: 'https://files.test/new', contentType: 'image/jpeg', sha256: 'ab' };

/** A provider whose file server answers with these statuses, one after the other. */
function fetching(statuses: number[], calls: Partial<MediaCalls> = {}, told: LookUpOutcome = found) {
  const opened: { url: string; headers: Readonly<Record<string, string>> }[] = [];
  let lookUps = 0;
  const open: OpenFile = async ({ url, headers }) => {
    opened.push({ url, headers });
    const status = statuses.shift() ?? 0;
    if (status === 0) return await Promise.resolve({ kind: 'no_answer', reason: 'timeout' } as const);
    return { kind: 'answered', status, headers: { 'content-length': '5' }, body: Readable.from(['bytes']) };
  };
  const connected: ConnectedChannel = {
    ...plain,
    media: {
      upload: null,
      lookUp: null,
      download: ({ url }, token) => (url === null ? null : { url, headers: { authorization: `Bearer ${token}` } }),
      ...calls,
    },
  };
  const fetchFile = createFetchFile({
    open,
    http: async () => {
      lookUps += 1;
      return await Promise.resolve({ kind: 'not_sent', reason: 'not asked', durationMs: 0 } as const);
    },
  });
  const lookUp: MediaCalls['lookUp'] = () => ({
    request: { operation: 'get', method: 'GET', url: 'https://api.test/' },
    read: () => told,
  });
  return { fetchFile, connected, opened, lookUp, lookUps: () => lookUps };
}

describe('a file that a person sent', () => {
  it('comes from the address of the webhook, where the provider wants no look-up', async () => {
    const { fetchFile, connected, opened } = fetching([200]);
    const file = await fetchFile({ connected, media, token: 't' });
    expect(file).toMatchObject({ kind: 'file', contentType: 'image/png', bytes: 5, sha256: null });
    if (file.kind === 'file') expect(await text(file.body)).toBe('bytes');
    expect(opened).toEqual([{ url: media.url, headers: { authorization: 'Bearer t' } }]);
  });

  it('is looked up again, once, when its address is too old', async () => {
    const setUp = fetching([404, 200]);
    const connected = {
      ...setUp.connected,
      media: {
        ...setUp.connected.media,
        upload: null,
        lookUp: setUp.lookUp,
        download: ({ url }: { url: string | null }) => ({ url: url ?? '', headers: {} }),
      },
    };
    expect(await setUp.fetchFile({ connected, media, token: null })).toMatchObject({
      kind: 'file',
      contentType: 'image/jpeg',
      sha256: 'ab',
    });
    expect(setUp.lookUps()).toBe(2);
    const gone = fetching([404, 404]);
    expect(await gone.fetchFile({ connected: { ...connected }, media, token: null })).toEqual({ kind: 'gone' });
  });

  it.each([
    [404, { kind: 'gone' }],
    [410, { kind: 'gone' }],
    [401, { kind: 'unauthorised' }],
    [403, { kind: 'unauthorised' }],
    [500, { kind: 'unavailable', reason: 'status 500' }],
    [302, { kind: 'unavailable', reason: 'status 302' }],
    [0, { kind: 'unavailable', reason: 'timeout' }],
  ])('status %s', async (status, expected) => {
    const { fetchFile, connected } = fetching([status]);
    expect(await fetchFile({ connected, media, token: null })).toEqual(expected);
  });

  it('is asked for nowhere with credentials but at its provider', async () => {
    const { fetchFile, connected, opened } = fetching([200], { download: () => null });
    expect(await fetchFile({ connected, media, token: 't' })).toEqual({ kind: 'unsupported' });
    expect(opened).toEqual([]);
    expect(await fetchFile({ connected: plain, media, token: 't' })).toEqual({ kind: 'unsupported' });
  });
});
