import { open, readFile, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { readFrame, scanFrames, type Place } from './frame.ts';

/** One append-only file. */
export interface Segment {
  readonly path: string;
  /** Not struck off yet, oldest first. */
  readonly waiting: Place[];
  /** On disk. */
  bytes: number;
  /** Open for appending; null: nothing is added any more. */
  handle: FileHandle | null;
}

/** Creates a segment, open for appending. Its name lasts only once its folder is synced. */
export async function createSegment(path: string): Promise<Segment> {
  return { path, waiting: [], bytes: 0, handle: await open(path, 'ax', 0o600) };
}

/** Appends frames and waits until they are on disk. */
export async function appendFrames(
  segment: Segment,
  frames: readonly { readonly bytes: Buffer; readonly atMs: number }[],
): Promise<readonly Place[]> {
  if (segment.handle === null) throw new Error('expected an open segment of the spool');
  await segment.handle.appendFile(Buffer.concat(frames.map(({ bytes }) => bytes)));
  await segment.handle.datasync();
  return frames.map(({ bytes, atMs }) => {
    const place = { offset: segment.bytes, bytes: bytes.byteLength, atMs };
    segment.bytes += bytes.byteLength;
    return place;
  });
}

/** What a dead process left in a segment file. The tail that a crash cut off is removed. */
export interface LeftSegment {
  readonly segment: Segment;
  readonly tornBytes: number;
  /** Frames that the disk spoiled, as they are. */
  readonly damaged: readonly Buffer[];
}

/** Reads a segment file that another process wrote, from where that one had come in replaying it. */
export async function openLeftSegment(path: string): Promise<LeftSegment> {
  const file = await readFile(path);
  const { entries, damaged, wholeBytes } = scanFrames(file);
  if (wholeBytes < file.byteLength) await truncate(path, wholeBytes);
  const struck = Number(await readFile(`${path}.struck`, 'utf8').catch(() => '0'));
  const from = Number.isInteger(struck) && struck <= wholeBytes ? struck : 0;
  return {
    segment: {
      path,
      waiting: entries.filter(({ offset }) => offset >= from),
      bytes: wholeBytes,
      handle: null,
    },
    tornBytes: file.byteLength - wholeBytes,
    damaged: damaged
      .filter(({ offset }) => offset >= from)
      .map(({ offset, bytes }) => Buffer.from(file.subarray(offset, offset + bytes))),
  };
}

/** The frames of neighbouring entries, as they are on disk; null in place of one that cannot be read. */
export async function readFrames(path: string, places: readonly Place[]): Promise<(Buffer | null)[]> {
  const handle = await open(path, 'r');
  try {
    return await Promise.all(
      places.map(async ({ offset, bytes }) => {
        const { buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, offset);
        return readFrame(buffer) === null ? null : buffer;
      }),
    );
  } finally {
    await handle.close();
  }
}

/** Writes down how far a segment was replayed. Not synced: what is forgotten by a crash comes twice. */
export async function noteStruck(segment: Segment): Promise<void> {
  await writeFile(`${segment.path}.struck`, String(segment.waiting[0]?.offset ?? segment.bytes));
}

/** Removes a segment and what belongs to it. */
export async function removeSegment(segment: Segment): Promise<void> {
  await segment.handle?.close();
  segment.handle = null;
  await rm(segment.path, { force: true });
  await rm(`${segment.path}.struck`, { force: true });
}
