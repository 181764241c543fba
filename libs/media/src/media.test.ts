import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { channelIdSchema, inboundIdSchema, mediaIdSchema, tenantIdSchema } from '@posthorn/message';
import { closeRedis, connectRedis, type RedisClient } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { ulid } from 'ulid';
import { createDiskStore } from './create-disk-store.ts';
import { createMedia, type Media, type NewMedium } from './create-media.ts';
import { createMediaRecords } from './media-records.ts';

const tenantId = tenantIdSchema.parse('ours');
const png = Buffer.concat([
  Buffer.from(`89504e470d0a1a0a0000000d49484452${'00'.repeat(17)}00009c4049444154`, 'hex'),
  randomBytes(40_004),
]);
const key = randomBytes(32).toString('base64');
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
const dayMs = 86_400_000;
const newId = () => mediaIdSchema.parse(`med_${ulid()}`);

const input: NewMedium = {
  tenantId,
  channelId: null,
  contentType: 'image/png',
  name: 'Ann Bell.png',
  bytesMax: 100_000,
  bytes: null,
  sha256: null,
  lifeMs: null,
  trustsType: false,
};

describe('the store for files', () => {
  let redis: RedisClient;
  let folder: string;
  let nowMs = Date.parse('2026-11-20T12:00:00Z');
  const clock = { now: () => nowMs };
  const mediaWith = (bytesMax: number): Media =>
    createMedia({
      blobs: createDiskStore(folder),
      records: createMediaRecords({ redis, sealer, bytesMax }),
      clock,
      newUlid: () => ulid(nowMs),
      retentionMs: 35 * dayMs,
    });
  const put = async (media: Media, changes: Partial<NewMedium> = {}, bytes: Uint8Array = png) =>
    await media.put({ ...input, ...changes }, Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]));
  const files = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

  beforeAll(() => {
    redis = connectRedis({ url: process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379', role: 'admin' });
  });
  afterAll(async () => await closeRedis(redis));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-media-'));
    const keys = await redis.keys('posthorn:{media}:*');
    if (keys.length > 0) await redis.unlink(keys);
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  it.each([
    ['plain', 'VP8 ', 0, false],
    ['extended, without the flag', 'VP8X', 0b0001_0000, false],
    ['extended, with it', 'VP8X', 0b0001_0010, true],
  ])('knows whether a WebP moves: %s', async (_name, chunk, flags, animated) => {
    const media = mediaWith(1_000_000);
    const webp = Buffer.concat([Buffer.from(`RIFF\0\0\0\0WEBP${chunk}\n\0\0\0`), Buffer.of(flags), Buffer.alloc(80)]);
    const result = await put(media, { contentType: 'image/webp' }, webp);
    if (result.kind !== 'stored') throw new Error(result.detail);
    expect(result.medium.animated).toBe(animated);
    expect(await media.get(tenantId, result.medium.id)).toMatchObject({ animated });
    const other = await put(media);
    expect(other.kind === 'stored' && other.medium).not.toHaveProperty('animated');
  });

  it('keeps a file and gives it back, whole and in part; another tenant has none', async () => {
    const media = mediaWith(1_000_000);
    const result = await put(media);
    if (result.kind !== 'stored') throw new Error(result.detail);
    const { medium } = result;
    expect(medium).toMatchObject({
      contentType: 'image/png',
      bytes: png.byteLength,
      sha256: createHash('sha256').update(png).digest('hex'),
      name: 'Ann Bell.png',
    });
    expect(await media.get(tenantId, medium.id)).toEqual(medium);
    expect(await media.get(tenantIdSchema.parse('theirs'), medium.id)).toBeNull();
    const whole = await media.open(medium);
    expect(whole !== null && (await buffer(whole)).equals(png)).toBe(true);
    const part = await media.open(medium, { start: 10, end: 19 });
    expect(part !== null && (await buffer(part)).equals(png.subarray(10, 20))).toBe(true);
    // A name may be a person's.
    expect(JSON.stringify(await redis.hgetall(`posthorn:{media}:m:${medium.id}`))).not.toContain('Ann');
  });

  const text = Buffer.from('hello');
  it.each([
    ['too large by what is announced', { bytes: 100_001 }, png, 'too_large'],
    ['too large by what comes', { bytesMax: 39_000 }, png, 'too_large'],
    ['empty', {}, Buffer.alloc(0), 'empty'],
    ['another type than it says', { contentType: 'image/jpeg' }, png, 'type_mismatch'],
    ['no text, though it says so', { contentType: 'text/plain' }, Buffer.from([0, 1, 2]), 'type_mismatch'],
    ['of a type that nobody tells', { contentType: null }, text, 'type_unknown'],
    ['not what its digest says', { sha256: '00'.repeat(32) }, png, 'sha256_mismatch'],
  ] as const)('refuses a file that is %s, and leaves nothing of it', async (_name, changes, bytes, reason) => {
    const media = mediaWith(1_000_000);
    expect(await put(media, changes, bytes)).toMatchObject({ kind: 'refused', reason });
    expect(await files()).toEqual([]);
    expect(await redis.keys('posthorn:{media}:m:*')).toEqual([]);
    expect(await media.records.bytes()).toBe(0);
  });

  it.each([
    ['text/plain; charset=utf-8', text, 'text/plain'],
    [null, png, 'image/png'],
    ['application/octet-stream', png, 'image/png'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      Buffer.from('504b0304' + '00'.repeat(60), 'hex'),
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
  ])('takes %s for what it is', async (contentType, bytes, expected) => {
    expect(await put(mediaWith(1_000_000), { contentType }, bytes)).toMatchObject({
      medium: { contentType: expected },
    });
  });

  it('never holds more than its budget, and has room again when a file goes', async () => {
    const media = mediaWith(png.byteLength + 10);
    const first = await put(media);
    expect(await put(media)).toMatchObject({ kind: 'refused', reason: 'store_full' });
    expect(await files()).toHaveLength(1);
    if (first.kind === 'stored') await media.remove(tenantId, first.medium.id);
    expect(await put(media)).toMatchObject({ kind: 'stored' });
  });

  it('ends files when their time is over, their records with them', async () => {
    const media = mediaWith(1_000_000);
    const result = await put(media, { lifeMs: 60_000 });
    if (result.kind !== 'stored') throw new Error(result.detail);
    nowMs += 60_000;
    expect(await media.get(tenantId, result.medium.id)).toBeNull();
    expect(await media.sweep()).toBe(1);
    expect(await files()).toEqual([]);
    expect(await redis.keys('posthorn:{media}:m:*')).toEqual([]);
    expect(await media.records.bytes()).toBe(0);
    expect(await media.sweep()).toBe(0);
  });

  it('leaves nothing for ever of a write that died, whichever half of it there is', async () => {
    const media = mediaWith(1_000_000);
    const dying = Readable.from(
      (async function* die() {
        yield png;
        await Promise.resolve();
        throw new Error('the connection broke');
      })(),
    );
    await expect(media.put(input, dying)).rejects.toThrow('the connection broke');
    expect(await files()).toEqual([]);

    // The process died between record and file, and between file and the end of the record.
    const store = createDiskStore(folder);
    const [one, two] = [newId(), newId()];
    const records = createMediaRecords({ redis, sealer, bytesMax: 1_000_000 });
    for (const id of [one, two]) await records.begin(id, nowMs, 0);
    await store.write(two, Readable.from([png]));
    nowMs += 3_600_000;
    expect(await media.sweep()).toBe(2);
    expect((await files()).map(({ name }) => name)).not.toContain(two);
  });

  it('takes away files that Redis lost, once no record could be theirs, and halves after a day', async () => {
    const media = mediaWith(1_000_000);
    const kept = await put(media);
    if (kept.kind !== 'stored') throw new Error(kept.detail);
    const lost = await put(media);
    if (lost.kind !== 'stored') throw new Error(lost.detail);
    await redis.unlink(`posthorn:{media}:m:${lost.medium.id}`);
    expect(await media.clean()).toBe(0);
    for (const { parentPath, name } of await files()) {
      const at = new Date(nowMs - 37 * dayMs);
      await utimes(join(parentPath, name), at, at);
    }
    expect(await media.clean()).toBe(1);
    expect((await files()).map(({ name }) => name)).toEqual([kept.medium.id]);
  });

  it('remembers what a provider calls a file, and which file a person sent', async () => {
    const { records } = mediaWith(1_000_000);
    const result = await put(mediaWith(1_000_000));
    if (result.kind !== 'stored') throw new Error(result.detail);
    const { medium } = result;
    const channel = channelIdSchema.parse('support');
    const upload = { id: '1011', account: 'waba', untilMs: nowMs + dayMs };
    expect(await records.upload(medium.id, channel)).toBeNull();
    await records.rememberUpload({ ...medium, expiresAtMs: Date.now() + dayMs }, channel, upload);
    expect(await records.upload(medium.id, channel)).toEqual(upload);
    await records.forgetUpload(medium.id, channel);
    expect(await records.upload(medium.id, channel)).toBeNull();
    const inbound = inboundIdSchema.parse(`in_support_${ulid()}`);
    await records.rememberInbound(inbound, { ...medium, expiresAtMs: Date.now() + dayMs });
    expect(await records.ofInbound(inbound)).toBe(medium.id);
  });
});
