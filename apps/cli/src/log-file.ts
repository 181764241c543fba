import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** Two files of that size at most: nothing that is stored grows without limit. */
const bytesMax = 20 * 1024 * 1024;

/** A log file with one predecessor (`.1`). Written at once, so that the last line before a crash is in it. */
export interface LogFile {
  readonly write: (line: string) => void;
  readonly close: () => void;
}

export function openLogFile(path: string): LogFile {
  let file = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;
  return {
    write: (line) => {
      if (size > bytesMax) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = openSync(path, 'a', 0o600);
        size = 0;
      }
      size += writeSync(file, line);
    },
    close: () => closeSync(file),
  };
}
