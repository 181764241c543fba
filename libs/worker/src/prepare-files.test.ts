import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createBuckets, createDiskStore, createMedia, createMediaRecords, createSignedLinks } from '@posthorn/media';
import { channelIdSchema, contentSchema, providerIdSchema, tenantIdSchema, type MediaId } from '@posthorn/message';
import { failed } from '@posthorn/outcome';
import type { ConnectedChannel, OutgoingFile, UploadOutcome } from '@posthorn/provider';
import { closeRedis, connectRedis, createSilentLog, systemClock, type RedisClient } from '@posthorn/runtime';
import { createSealer, parseKeyRing } from '@posthorn/sealing';
import { ulid } from 'ulid';
import { createPrepareFiles } from './prepare-files.ts';

const key = randomBytes(32).toString('base64');
const sealer = createSealer(parseKeyRing(`k1:${key}`, key));
const tenantId = tenantIdSchema.parse('ours');

describe('files of a message on its way', () => {
  let redis: RedisClient;
  let folder: string;
  let id: MediaId;
  let uploaded: OutgoingFile[];
  let outcomes: UploadOutcome[];
  const links = createSignedLinks({ sealer, clock: systemClock });
  const buckets = createBuckets({});
  const media = () =>
    createMedia({
      blobs: createDiskStore(folder),
      records: createMediaRecords({ redis, sealer, bytesMax: 1024 ** 3 }),
      clock: systemClock,
      newUlid: () => ulid(),
      retentionMs: 86_400_000,
    });
  const prepare = (publicUrl: string | null = 'https://posthorn.test') =>
    createPrepareFiles({
      files: { media: media(), links, buckets },
      http: async () => await Promise.resolve({ kind: 'not_sent', reason: 'no network here', durationMs: 0 }),
      clock: systemClock,
      log: createSilentLog(),
      publicUrl,
      linkMs: 60_000,
      signal: new AbortController().signal,
    });
  const upload: NonNullable<ConnectedChannel['media']>['upload'] = {
    lifeMs: 3_600_000,
    toCall: (file) => {
      uploaded.push(file);
      return {
        request: { operation: 'upload', method: 'POST', url: 'https://provider.test/' },
        read: () => outcomes.shift() ?? { kind: 'uploaded', id: `up-${uploaded.length}` },
      };
    },
  };
  const live = (takesUploads: boolean, account = 'waba') => ({
    channel: {
      id: channelIdSchema.parse('support'),
      tenantId,
      provider: providerIdSchema.parse('pigeon'),
      name: null,
      labels: {},
      settings: {},
      pacePerSecond: null,
      heldGraceMs: 1,
      heldPolicy: 'hold' as const,
      version: 1,
    },
    connected: {
      addresses: [],
      account,
      pace: { channelPerSecond: null, conversation: null },
      tokens: null,
      toRequest: () => ({ operation: 'send', method: 'POST', url: 'https://provider.test/' }) as const,
      handshake: () => null,
      verifies: () => false,
      ...(takesUploads && { media: { upload, lookUp: null, download: () => null } }),
    },
  });
  const document = () => contentSchema.parse({ type: 'document', media: { id } });

  beforeAll(async () => {
    redis = connectRedis({ url: process.env['POSTHORN_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379', role: 'admin' });
    folder = await mkdtemp(join(tmpdir(), 'posthorn-files-'));
  });
  afterAll(async () => {
    await closeRedis(redis);
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    uploaded = [];
    outcomes = [];
    const result = await media().put(
      {
        tenantId,
        channelId: null,
        contentType: 'text/plain',
        name: 'list.txt',
        bytesMax: 100,
        bytes: null,
        sha256: null,
        lifeMs: null,
        trustsType: false,
      },
      Readable.from([Buffer.from('hello')]),
    );
    if (result.kind !== 'stored') throw new Error(result.detail);
    id = result.medium.id;
  });

  it('go up once for many messages, are remembered, and go up anew when they are to be forgotten', async () => {
    const prepareFiles = prepare();
    const ready = { kind: 'ready', content: { type: 'document', providerMediaId: 'up-1', filename: 'list.txt' } };
    const first = await Promise.all([1, 2, 3].map(async () => await prepareFiles(live(true), document(), null)));
    expect(first).toMatchObject([ready, ready, ready]);
    expect(uploaded.map(({ contentType, name, bytes }) => [contentType, name, Buffer.from(bytes).toString()])).toEqual([
      ['text/plain', 'list.txt', 'hello'],
    ]);
    // Another process.
    const later = await prepare()(live(true), document(), null);
    expect(later).toMatchObject(ready);
    if (later.kind === 'ready') await later.forget?.();
    const anew = await prepareFiles(live(true), document(), null);
    expect(anew).toMatchObject({ content: { providerMediaId: 'up-2' }, forget: null });
  });

  it('go up anew for another account, whose ids are others', async () => {
    await prepare()(live(true), document(), null);
    await prepare()(live(true, 'another'), document(), null);
    expect(uploaded).toHaveLength(2);
  });

  it('get a signed link where the provider fetches them', async () => {
    const prepared = await prepare('https://posthorn.test/')(live(false), document(), null);
    if (prepared.kind !== 'ready' || prepared.content.type !== 'document') throw new Error('expected a document');
    const token = /^https:\/\/posthorn\.test\/media\/(.+)$/u.exec(prepared.content.url ?? '')?.[1] ?? '';
    expect(links.readToken(token)).toMatchObject({ kind: 'valid', id });
  });

  it('that cannot be had tell why', async () => {
    expect(await prepare(null)(live(false), document(), null)).toMatchObject({ code: 'media_unavailable' });
    outcomes.push(failed('media_refused'));
    expect(await prepare()(live(true), document(), null)).toMatchObject({ code: 'media_refused' });
    const object = contentSchema.parse({ type: 'image', object: { bucket: 'other', key: 'a' } });
    expect(await prepare()(live(true), object, null)).toMatchObject({ code: 'media_missing' });
    await media().remove(tenantId, id);
    expect(await prepare()(live(true), document(), null)).toMatchObject({ code: 'media_missing' });
  });
});
