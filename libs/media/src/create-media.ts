import type { Readable } from 'node:stream';
import { mediaIdSchema, type ChannelId, type MediaId, type TenantId } from '@posthorn/message';
import type { Clock } from '@posthorn/runtime';
import type { BlobStore, ByteRange } from './blob-store.ts';
import { isAnimated } from './is-animated.ts';
import { headBytes, judgeType } from './judge-type.ts';
import { isTheirs, type MediaRecords } from './media-records.ts';
import type { Medium } from './medium.ts';
import { meter, TooLargeError, type Metered } from './meter.ts';
import { sha256Fits } from './sha256-fits.ts';

/** A file to be kept. */
export interface NewMedium {
  readonly tenantId: TenantId;
  readonly channelId: ChannelId | null;
  /** As its sender says; null: nothing was said. */
  readonly contentType: string | null;
  readonly name: string | null;
  readonly bytesMax: number;
  /** As it was announced; null: not. */
  readonly bytes: number | null;
  /** As it was announced, in hex or base64; null: not. */
  readonly sha256: string | null;
  /** Null: as long as files are kept. */
  readonly lifeMs: number | null;
  /** Whether what its sender says of the type is believed where the content tells otherwise: people's phones say anything. */
  readonly trustsType: boolean;
}

/** Why a file was not kept. For people: `detail` says what was expected and what came. */
export interface PutRefused {
  readonly kind: 'refused';
  readonly reason: 'empty' | 'too_large' | 'type_unknown' | 'type_mismatch' | 'sha256_mismatch' | 'store_full';
  readonly detail: string;
}

export type PutResult = { readonly kind: 'stored'; readonly medium: Medium } | PutRefused;

/** The files of an installation: bytes in a blob store, records in Redis. */
export interface Media {
  /** Durable once it is `stored`. Throws when the place or Redis is away, or the content breaks off. */
  readonly put: (input: NewMedium, content: Readable) => Promise<PutResult>;
  /** Null alike for what is not there, not theirs, or over. */
  readonly get: (tenantId: TenantId, id: MediaId) => Promise<Medium | null>;
  /** For whoever proved a right to it by other means. */
  readonly find: (id: MediaId) => Promise<Medium | null>;
  readonly open: (medium: Medium, range?: ByteRange) => Promise<Readable | null>;
  /** False: it was not there. */
  readonly remove: (tenantId: TenantId, id: MediaId) => Promise<boolean>;
  /** Ends what is over. Repeats do no harm, and finish what a crash left. Returns how many files went. */
  readonly sweep: () => Promise<number>;
  /** Takes away files without a record, and halves of uploads. Looks at everything there is: once an hour is plenty. */
  readonly clean: () => Promise<number>;
  readonly records: MediaRecords;
}

export interface MediaDeps {
  readonly blobs: BlobStore;
  readonly records: MediaRecords;
  readonly clock: Clock;
  readonly newUlid: () => string;
  /** How long files are kept. */
  readonly retentionMs: number;
}

const sweepMost = 200;
const dayMs = 86_400_000;

/**
 * The record comes first and goes last: a file in place always has one, so whatever a crash leaves is found by its record, and ends
 * with it. Only what Redis itself lost is looked for in the place.
 */
export function createMedia({ blobs, records, clock, newUlid, retentionMs }: MediaDeps): Media {
  const end = async (id: MediaId): Promise<void> => {
    await blobs.remove(id);
    await records.drop(id);
  };

  async function put(input: NewMedium, source: Readable): Promise<PutResult> {
    const { bytesMax } = input;
    if ((input.bytes ?? 0) > bytesMax) return tooLarge(bytesMax);
    const metered = await begin(source, bytesMax);
    if (metered === null) return tooLarge(bytesMax);
    if (metered.head.byteLength === 0) return refused('empty', 'Expected the bytes of a file, none came.');
    const said = input.contentType;
    let verdict = await judgeType(said, metered.head);
    if (verdict.kind !== 'is' && input.trustsType && said !== null) verdict = { kind: 'is', contentType: said };
    switch (verdict.kind) {
      case 'unknown':
        if (!input.trustsType)
          return refused('type_unknown', 'Nothing says what kind of file this is: give its Content-Type.');
        verdict = { kind: 'is', contentType: 'application/octet-stream' };
        break;
      case 'mismatch':
        return refused('type_mismatch', `The Content-Type says ${verdict.said}, the content is ${verdict.found}.`);
      case 'is':
        break;
      default:
        return verdict satisfies never;
    }

    const createdAtMs = clock.now();
    const id = mediaIdSchema.parse(`med_${newUlid()}`);
    if (!(await records.begin(id, createdAtMs, input.bytes ?? metered.head.byteLength))) return full;
    try {
      await blobs.write(id, metered.content);
    } catch (error) {
      await end(id);
      if (isTooLarge(error)) return tooLarge(bytesMax);
      throw error;
    }
    const told = metered.told();
    const animated = isAnimated(metered.head);
    if (input.sha256 !== null && !sha256Fits(input.sha256, told.sha256)) {
      await end(id);
      return refused(
        'sha256_mismatch',
        'The SHA-256 of the content is not the announced one: it was altered or cut on the way.',
      );
    }
    const medium: Medium = {
      id,
      tenantId: input.tenantId,
      channelId: input.channelId,
      contentType: verdict.contentType,
      ...told,
      ...(animated !== null && { animated }),
      name: input.name,
      createdAtMs,
      expiresAtMs: createdAtMs + Math.min(input.lifeMs ?? retentionMs, retentionMs),
    };
    if (await records.finish(medium)) return { kind: 'stored', medium };
    await end(id);
    return full;
  }

  return {
    put: async (input, source) => {
      try {
        return await put(input, source);
      } finally {
        // What was refused before its end is not read on: its sender has an answer.
        if (!source.readableEnded) source.destroy();
      }
    },
    get: async (tenantId, id) => {
      const medium = await records.get(id);
      return isTheirs(medium, tenantId, clock.now()) ? medium : null;
    },
    find: async (id) => {
      const medium = await records.get(id);
      return medium !== null && medium.expiresAtMs > clock.now() ? medium : null;
    },
    open: async ({ id }, range) => await blobs.read(id, range),
    remove: async (tenantId, id) => {
      if (!isTheirs(await records.get(id), tenantId, clock.now())) return false;
      await end(id);
      return true;
    },
    sweep: async () => {
      const over = await records.ended(clock.now(), sweepMost);
      for (const id of over) await end(id);
      return over.length;
    },
    clean: async () => {
      const nowMs = clock.now();
      return await blobs.clean({
        halvesBeforeMs: nowMs - dayMs,
        // Younger ones without a record would be a Redis that is not this store's: those are left for whoever set that up.
        filesBeforeMs: nowMs - retentionMs - dayMs,
        isKnown: async (name) => await records.isKnown(mediaIdSchema.parse(name)),
      });
    },
    records,
  };
}

async function begin(source: Readable, bytesMax: number): Promise<Metered | null> {
  try {
    return await meter(source, headBytes, bytesMax);
  } catch (error) {
    if (error instanceof TooLargeError) return null;
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof TooLargeError || (error instanceof Error && isTooLarge(error.cause));
}

function refused(reason: PutRefused['reason'], detail: string): PutRefused {
  return { kind: 'refused', reason, detail };
}

function tooLarge(bytesMax: number): PutRefused {
  return refused('too_large', `Expected a file of at most ${bytesMax} bytes, came a larger one.`);
}

const full = refused(
  'store_full',
  'The store for files has reached its budget (POSTHORN_MEDIA_BYTES_MAX); delete files, or raise it.',
);
