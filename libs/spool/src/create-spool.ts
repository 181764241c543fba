import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { ulid } from 'ulid';
import { createArrivals, type Arrival } from './create-arrivals.ts';
import { readFrame, toFrame } from './frame.ts';
import { syncFolder, takeDeadFolders, takeFolder } from './lease.ts';
import {
  appendFrames,
  createSegment,
  noteStruck,
  openLeftSegment,
  readFrames,
  removeSegment,
  type Segment,
} from './segment.ts';
import { openSetAside } from './set-aside.ts';
import { fitting } from './sizes.ts';
import type { Spool, SpoolEntry } from './spool.ts';

/** Settings of a spool. */
export interface SpoolOptions {
  /** On a volume that outlives the process, shared by all copies of it or not. */
  readonly root: string;
  /** Of this process: its own entries, those it took over, and what is set aside. */
  readonly bytesMax: number;
  readonly sealer: Pick<Sealer, 'seal' | 'open'>;
  readonly clock: Clock;
  readonly log: Log;
  /** A process that said nothing for so long is dead. Default: 10 s. */
  readonly leaseMs?: number;
  /** A new file is begun after that. Default: 8 MiB. */
  readonly segmentBytesMax?: number;
}

const sealContext = 'spool';
const leaseDefaultMs = 10_000;
const segmentDefaultBytes = 8 * 1024 * 1024;

/**
 * Opens a spool: a folder of its own under `root`, with append-only segment files. Entries that are appended at the same time
 * share one fsync. Throws when the folder cannot be made.
 */
export async function createSpool(options: SpoolOptions): Promise<Spool> {
  const { root, bytesMax, sealer, clock, log, leaseMs = leaseDefaultMs } = options;
  const { segmentBytesMax = segmentDefaultBytes } = options;
  const aside = await openSetAside(root);
  let lease = await takeFolder(root, ulid(clock.now()), clock);
  /** Oldest first. */
  let segments: Segment[] = [];
  let active: Segment | null = null;
  let made = 0;
  let isClosed = false;

  // Appending, striking off and taking over change the same list: one after the other.
  let last: Promise<unknown> = Promise.resolve();
  async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return await mine;
  }

  const arrivals = createArrivals(async (batch) => await alone(async () => await write(batch)));
  const beat = setInterval(() => {
    alone(async () => {
      if (!isClosed && !(await lease.renew())) await startAnew();
    }).catch((error: unknown) => log.error({ err: error }, 'the spool cannot be kept: its disk has a fault'));
  }, leaseMs / 5);
  beat.unref();

  /** The folder was taken from us: what was in it is another's now, and everything goes on in a new one. */
  async function startAnew(): Promise<void> {
    log.warn({ folder: lease.folder }, 'the folder of the spool was taken over by another process; a new one is begun');
    for (const segment of segments) await segment.handle?.close();
    [segments, active] = [[], null];
    lease = await takeFolder(root, ulid(clock.now()), clock);
  }

  async function write(batch: readonly Arrival[]): Promise<void> {
    for (;;) {
      const segment = await openActive();
      try {
        segment.waiting.push(...(await appendFrames(segment, batch)));
      } catch (error) {
        // Nobody knows how much of it is on disk: nothing more is added to this file.
        await abandon(segment);
        throw error;
      }
      // After the fsync: whoever takes the folder from here on finds what was written.
      if (await lease.holds()) return;
      await startAnew();
    }
  }

  async function openActive(): Promise<Segment> {
    if (active !== null && active.bytes < segmentBytesMax) return active;
    await active?.handle?.close();
    if (active !== null) active.handle = null;
    made += 1;
    active = await createSegment(join(lease.folder, `${String(made).padStart(8, '0')}.calls`));
    segments.push(active);
    await syncFolder(lease.folder);
    return active;
  }

  async function abandon(segment: Segment): Promise<void> {
    active = null;
    await segment.handle?.close().catch(() => undefined);
    segment.handle = null;
    if (segment.waiting.length === 0) await drop(segment).catch(() => undefined);
  }

  async function drop(segment: Segment): Promise<void> {
    segments = segments.filter((each) => each !== segment);
    if (active === segment) active = null;
    await removeSegment(segment);
  }

  async function strike(segment: Segment, count: number): Promise<void> {
    // Taken over by another process meanwhile: then it is not ours to strike.
    if (!segments.includes(segment)) return;
    segment.waiting.splice(0, count);
    if (segment.waiting.length === 0) await drop(segment);
    else await noteStruck(segment);
  }

  function open(frame: Buffer | null, atMs: number): SpoolEntry {
    const sealed = frame === null ? null : readFrame(frame);
    return { payload: sealed === null ? null : sealer.open(sealed, sealContext), atMs };
  }

  async function takeOver(folder: string): Promise<number> {
    let count = 0;
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((each) => each.endsWith('.calls')).toSorted()) {
      const { segment, tornBytes, damaged } = await openLeftSegment(join(folder, name));
      const facts = { file: segment.path, tornBytes, damaged: damaged.length };
      if (tornBytes > 0)
        log.warn(
          facts,
          'a file of the spool ended in the middle of an entry: a crash cut it off, and it was never confirmed',
        );
      for (const bytes of damaged) await aside.put(`damaged-${ulid(clock.now())}`, bytes);
      if (damaged.length > 0) log.error(facts, 'the disk spoiled entries of the spool; they are set aside as they are');
      count += segment.waiting.length;
      if (segment.waiting.length === 0) await removeSegment(segment);
      else segments.push(segment);
    }
    // What dead processes took goes before what came later.
    segments.sort((one, other) => (one.waiting[0]?.atMs ?? Infinity) - (other.waiting[0]?.atMs ?? Infinity));
    return count;
  }

  const ageOf = (oldest: { readonly atMs: number } | undefined): number | null =>
    oldest === undefined ? null : Math.max(0, clock.now() - oldest.atMs);
  const bytesNow = (): number =>
    segments.reduce((sum, segment) => sum + segment.bytes, aside.bytes() + arrivals.state().bytes);

  return {
    append: async (payload) => {
      if (isClosed) throw new Error('the spool is closed');
      const atMs = clock.now();
      const bytes = toFrame(atMs, sealer.seal(payload, sealContext));
      if (bytesNow() + bytes.byteLength > bytesMax) return 'full';
      await arrivals.add({ bytes, atMs });
      return 'kept';
    },

    oldest: async (most) => {
      const segment = segments.find(({ waiting }) => waiting.length > 0);
      if (segment === undefined) return null;
      const places = fitting(segment.waiting.slice(0, most));
      const frames = await readFrames(segment.path, places);
      return {
        entries: places.map(({ atMs }, index) => open(frames[index] ?? null, atMs)),
        strike: async (count) => {
          if (count > 0) await alone(async () => strike(segment, count));
        },
        setAside: async () => {
          const [frame] = frames;
          const [place] = places;
          await alone(async () => {
            if (frame !== undefined && place !== undefined)
              await aside.put(ulid(place.atMs), frame ?? Buffer.from('unreadable'));
            await strike(segment, 1);
          });
        },
      };
    },

    adopt: async () =>
      await alone(async () => {
        let count = 0;
        for (const folder of await takeDeadFolders(root, lease, leaseMs, clock)) count += await takeOver(folder);
        if (count > 0) log.info({ entries: count }, 'webhook calls that a process before spooled are taken over');
        return count;
      }),

    clearSetAside: async (isUnwanted) =>
      await alone(
        async () =>
          await aside.clear((file) => {
            const { payload } = open(file, 0);
            return payload !== null && isUnwanted(payload);
          }),
      ),

    state: () => ({
      bytes: bytesNow(),
      bytesMax,
      entries: segments.reduce((sum, { waiting }) => sum + waiting.length, arrivals.state().entries),
      oldestAgeMs: ageOf(segments.find(({ waiting }) => waiting.length > 0)?.waiting[0]),
    }),

    close: async () => {
      isClosed = true;
      clearInterval(beat);
      await arrivals.written();
      await alone(async () => {
        for (const segment of segments) await segment.handle?.close();
        await lease.release(segments.length === 0);
      });
    },
  };
}
