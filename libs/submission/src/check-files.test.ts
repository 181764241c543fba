import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, contentSchema, providerIdSchema, tenantIdSchema } from '@posthorn/message';
import { checkFiles, type SubmissionFiles } from './check-files.ts';

const tenantId = tenantIdSchema.parse('shop');
const channel = { id: channelIdSchema.parse('loft'), tenantId, provider: providerIdSchema.parse('pigeon') };
const media = { id: 'med_01JD8T0Z5R4YV3W2X1Q0P9N8M7' };
const rule = { types: ['image/png'], bytesMax: 1000 };
const sticker = { types: ['image/webp'], bytesMax: 500, stillBytesMax: 100 };
const rules = { image: rule, video: null, audio: null, document: null, sticker };
interface Found {
  readonly contentType: string;
  readonly bytes: number;
  readonly animated?: boolean;
  readonly expiresAtMs: number;
}
const png: Found = { contentType: 'image/png', bytes: 1000, expiresAtMs: 100 };
const webp: Found = { contentType: 'image/webp', bytes: 101, expiresAtMs: 100 };

describe('stored files of a message', () => {
  const faults = async (content: unknown, found: Found | null = png, more: Partial<SubmissionFiles> = {}) =>
    await checkFiles(
      { find: async () => found, hasBucket: (_tenant, bucket) => bucket === 'files', canHand: () => true, ...more },
      {
        tenantId,
        channel,
        content: contentSchema.parse(content),
        rules,
        title: 'Pigeon Post',
        endsAtMs: 100,
        root: '',
      },
    );
  const image = { type: 'image', media };

  it('may go when they are there, long enough, and of a kind and size that is taken', async () => {
    expect(await faults(image)).toEqual([]);
    expect(await faults({ type: 'image', object: { bucket: 'files', key: 'a.png' } })).toEqual([]);
    expect(await faults({ type: 'document', media }, { ...png, contentType: 'application/pdf' })).toEqual([]);
    expect(await faults({ type: 'sticker', media }, { ...webp, animated: true, bytes: 500 })).toEqual([]);
    expect(await faults({ type: 'sticker', media }, { ...webp, animated: false, bytes: 100 })).toEqual([]);
    // Stored by an older release: nobody looked.
    expect(await faults({ type: 'sticker', media }, webp)).toEqual([]);
  });

  const object = { bucket: 'files', key: 'a.webp' };
  const seeing = async (seen: Omit<Found, 'expiresAtMs'> | null) =>
    await faults({ type: 'sticker', object }, null, { lookAt: async () => await Promise.resolve(seen) });

  it.each([
    ['one that moves, with all it may have', { animated: true, bytes: 500 }, null],
    ['one that moves, by a byte too large', { animated: true, bytes: 501 }, 'at most 500 bytes'],
    ['one that does not, with all it may have', { animated: false, bytes: 100 }, null],
    ['one that does not, by a byte too large', { animated: false, bytes: 101 }, 'does not move at most 100 bytes'],
  ])('are stickers in a bucket too: %s', async (_name, seen, words) => {
    const [fault] = await seeing({ ...seen, contentType: 'image/webp' });
    expect(fault ?? null).toEqual(
      words === null ? null : { pointer: '/content/object', detail: expect.stringContaining(words) },
    );
  });

  it('are not looked at in a bucket where nothing hangs on it, and not judged where the storage does not tell', async () => {
    const asked: string[] = [];
    const lookAt = async (_tenant: unknown, { key }: { readonly key: string }) => {
      asked.push(key);
      return await Promise.resolve(null);
    };
    expect(await faults({ type: 'image', object }, null, { lookAt })).toEqual([]);
    expect(asked).toEqual([]);
    expect(await faults({ type: 'sticker', object }, null, { lookAt })).toEqual([]);
    expect(asked).toEqual(['a.webp']);
    expect(await faults({ type: 'sticker', object }, null)).toEqual([]);
  });

  it.each([
    ['that are not there', image, null, {}, 'still kept'],
    ['too large by a byte', image, { ...png, bytes: 1001 }, {}, 'at most 1000 bytes'],
    [
      'of a sticker that does not move',
      { type: 'sticker', media },
      { ...webp, animated: false },
      {},
      'at most 100 bytes',
    ],
    ['of a sticker that moves', { type: 'sticker', media }, { ...webp, animated: true, bytes: 501 }, {}, 'at most 500'],
    ['of another type', image, { ...png, contentType: 'image/webp' }, {}, 'came image/webp'],
    ['that end before the message may', image, { ...png, expiresAtMs: 99 }, {}, 'kept until'],
    ['that nobody outside could fetch', image, png, { canHand: () => false }, 'POSTHORN_PUBLIC_URL'],
    [
      'of a bucket that is not known',
      { type: 'image', object: { bucket: 'other', key: 'a' } },
      png,
      {},
      'POSTHORN_BUCKETS',
    ],
  ] as const)('are refused %s', async (_name, content, found, more, words) => {
    const [fault] = await faults(content, found, more);
    expect(fault?.detail).toContain(words);
    expect(fault?.pointer).toMatch(/^\/content\/(?:media|object)$/u);
  });
});
