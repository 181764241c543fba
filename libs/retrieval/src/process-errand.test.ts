import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import type { FetchedFile } from './fetch-file.ts';
import { createErrandProcessor, type ErrandDeps, type FileErrand } from './process-errand.ts';

const bytes = Buffer.from('a photo');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const errand: FileErrand = {
  id: 'fd_1',
  inboundId: 'in_1',
  media: { id: '1011', filename: 'Zoë.jpg' },
  target: { kind: 'destination', url: 'https://take.test/', headers: { authorization: 'Bearer x' } },
  callbackData: null,
};
const never = new AbortController().signal;
const file = (): FetchedFile => ({
  kind: 'file',
  contentType: 'image/jpeg',
  bytes: 7,
  sha256,
  body: Readable.from([bytes]),
});
const answered = (status: number, headers = {}): HttpReply => ({
  kind: 'answered',
  status,
  headers,
  body: '',
  text: '',
  durationMs: 1,
});

let posted: HttpRequest[];
let told: unknown[];
beforeEach(() => {
  posted = [];
  told = [];
});

function processor(reply: HttpReply, more: Partial<ErrandDeps<FileErrand>> = {}) {
  return createErrandProcessor<FileErrand>({
    fetch: async () => await Promise.resolve(file()),
    keep: async () => await Promise.resolve({ contentType: 'image/jpeg', bytes: 7, sha256, mediaId: 'med_1' }),
    post: async (request) => {
      posted.push(request);
      return await Promise.resolve(reply);
    },
    delivered: async (_errand, result) => await Promise.resolve(void told.push(['delivered', result])),
    failed: async (_errand, code, _detail, attempts) =>
      await Promise.resolve(void told.push(['failed', code, attempts])),
    fits: (announced, found) => announced === found,
    clock: { now: () => 0 },
    random: () => 0,
    attemptsMax: 3,
    ...more,
  });
}

describe('a file on its way to a destination', () => {
  it('is posted with its MIME type, and told as delivered', async () => {
    expect(await processor(answered(204))(errand, 1, never)).toEqual({ kind: 'done' });
    expect(posted).toMatchObject([
      {
        method: 'POST',
        url: 'https://take.test/',
        headers: {
          authorization: 'Bearer x',
          'content-type': 'image/jpeg',
          'content-disposition': "attachment; filename*=UTF-8''Zo%C3%AB.jpg",
          'x-posthorn-delivery': 'fd_1',
          'x-posthorn-inbound-id': 'in_1',
          'x-posthorn-sha256': sha256,
        },
        body: bytes,
      },
    ]);
    expect(told).toEqual([['delivered', { contentType: 'image/jpeg', bytes: 7, sha256, mediaId: null }]]);
  });

  it.each([
    ['503', answered(503), 'destination_unavailable'],
    ['429', answered(429), 'destination_unavailable'],
    ['no answer', { kind: 'no_answer', reason: 'timeout', durationMs: 1 }, 'destination_unavailable'],
  ] as const)('is tried again after %s, and told as failed after the last attempt', async (_name, reply, code) => {
    expect(await processor(reply)(errand, 2, never)).toEqual({ kind: 'later', afterMs: 5_000 });
    expect(told).toEqual([]);
    expect(await processor(reply)(errand, 3, never)).toEqual({ kind: 'done' });
    expect(told).toEqual([['failed', code, 3]]);
  });

  it('waits as long as the destination asks', async () => {
    expect(await processor(answered(503, { 'retry-after': '120' }))(errand, 1, never)).toEqual({
      kind: 'later',
      afterMs: 120_000,
    });
  });

  it('is given up at once where the destination does not want it, or the provider has it no more', async () => {
    await processor(answered(404))(errand, 1, never);
    await processor(answered(200), { fetch: async () => await Promise.resolve({ kind: 'gone' }) })(errand, 1, never);
    expect(told).toEqual([
      ['failed', 'destination_refused', 1],
      ['failed', 'gone', 1],
    ]);
  });

  it('goes nowhere when it is not what was announced, or broke off', async () => {
    const altered = { ...file(), sha256: '00' };
    const broken = {
      ...file(),
      body: new Readable({
        read() {
          this.destroy(new Error('cut'));
        },
      }),
    };
    for (const bad of [altered, broken]) {
      const process = processor(answered(200), { fetch: async () => await Promise.resolve(bad) });
      expect((await process(errand, 1, never)).kind).toBe('later');
    }
    expect(posted).toEqual([]);
  });

  it('goes into the store where its channel wants that', async () => {
    await processor(answered(500))({ ...errand, target: { kind: 'store' } }, 1, never);
    expect([posted, told]).toEqual([[], [['delivered', expect.objectContaining({ mediaId: 'med_1' })]]]);
  });
});
