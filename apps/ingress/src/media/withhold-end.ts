import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { sha256Fits } from '@posthorn/media';

/**
 * Passes a file on, but for its last piece, which waits until the digest of the whole is known: whoever reads an altered file gets
 * it cut short, and not as if it were whole. `announced` is in hex or base64.
 */
export function withholdEnd(announced: string): Transform {
  const hash = createHash('sha256');
  let last: Buffer | null = null;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const before = last;
      last = chunk;
      done(null, before ?? undefined);
    },
    flush(done) {
      if (!sha256Fits(announced, hash.digest('hex'))) {
        const error = new Error('the SHA-256 of the file is not the one that its provider announced');
        done(Object.assign(error, { code: 'FILE_ALTERED' }));
        return;
      }
      done(null, last ?? undefined);
    },
  });
}
