import { crc32 } from 'node:zlib';

/** Where an entry lies in a segment file. */
export interface Place {
  readonly offset: number;
  /** Of the whole frame. */
  readonly bytes: number;
  /** When it was spooled, in ms since 1970. */
  readonly atMs: number;
}

/** What a segment file holds. */
export interface Scan {
  readonly entries: readonly Place[];
  /** Frames whose bytes are not those that were written, with whole ones behind them: the disk's fault. */
  readonly damaged: readonly { readonly offset: number; readonly bytes: number }[];
  /** Bytes before the tail that a crash cut off while it was written; nobody was told that it was kept. */
  readonly wholeBytes: number;
}

const headBytes = 16;

/** A frame is: length of the sealed bytes (4), CRC-32 of all that follows (4), time (8, a double), the sealed bytes. */
export function toFrame(atMs: number, sealed: Uint8Array): Buffer {
  const frame = Buffer.alloc(headBytes + sealed.byteLength);
  frame.writeUInt32BE(sealed.byteLength, 0);
  frame.writeDoubleBE(atMs, 8);
  frame.set(sealed, headBytes);
  frame.writeUInt32BE(crc32(frame.subarray(8)), 4);
  return frame;
}

/** The sealed bytes of a frame; null if it is not as it was written. */
export function readFrame(frame: Buffer): Buffer | null {
  if (frame.byteLength < headBytes || frame.byteLength !== headBytes + frame.readUInt32BE(0)) return null;
  return crc32(frame.subarray(8)) === frame.readUInt32BE(4) ? frame.subarray(headBytes) : null;
}

/** Finds the frames of a segment. */
export function scanFrames(file: Buffer): Scan {
  const entries: Place[] = [];
  const wrong: { offset: number; bytes: number }[] = [];
  let offset = 0;
  while (offset + headBytes <= file.byteLength) {
    const bytes = headBytes + file.readUInt32BE(offset);
    if (offset + bytes > file.byteLength) break;
    const frame = file.subarray(offset, offset + bytes);
    if (readFrame(frame) === null) wrong.push({ offset, bytes });
    else entries.push({ offset, bytes, atMs: frame.readDoubleBE(8) });
    offset += bytes;
  }
  const last = entries.at(-1);
  const wholeBytes = last === undefined ? 0 : last.offset + last.bytes;
  return { entries, damaged: wrong.filter((frame) => frame.offset < wholeBytes), wholeBytes };
}
