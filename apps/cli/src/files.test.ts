import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { homeOf, type Home } from './home.ts';
import { newKeys, readKeys, writeKeys } from './keys-file.ts';
import { openLogFile } from './log-file.ts';
import { readRun, writeRun } from './run-file.ts';
import { toTerminalLine } from './terminal-log.ts';
import { tempHome } from './testing/run-cli.ts';

let temp: ReturnType<typeof tempHome>;
let home: Home;
beforeEach(() => {
  temp = tempHome();
  home = homeOf({ POSTHORN_HOME: temp.dir });
});
afterEach(() => temp.remove());

describe('the keys of a folder', () => {
  it('come back as they were written, in a file for its owner alone', () => {
    expect(readKeys(home)).toBeNull();
    const keys = newKeys();
    writeKeys(home, keys);
    expect(readKeys(home)).toEqual(keys);
    expect(statSync(home.keysFile).mode & 0o777).toBe(0o600);
  });

  it('are never replaced where the file is damaged', () => {
    writeFileSync(home.keysFile, '{"v":1');
    expect(() => readKeys(home)).toThrow(/damaged.*backup/u);
    expect(readFileSync(home.keysFile, 'utf8')).toBe('{"v":1');
  });
});

describe('the file that tells of a running fleet', () => {
  it('does not count once its process is gone, or when its id is our own', () => {
    expect(readRun(home, 1)).toBeNull();
    writeRun(home, { v: 1, pid: process.pid, fleet: null });
    expect(readRun(home, 1)?.pid).toBe(process.pid);
    expect(readRun(home, process.pid)).toBeNull();
    writeRun(home, { v: 1, pid: 2 ** 30, fleet: null });
    expect(readRun(home, 1)).toBeNull();
  });
});

describe('the log', () => {
  it('keeps two files at most', () => {
    const log = openLogFile(home.logFile);
    log.write('first\n');
    log.close();
    truncateSync(home.logFile, 21 * 1024 * 1024);
    const again = openLogFile(home.logFile);
    again.write('second\n');
    again.close();
    expect(readFileSync(home.logFile, 'utf8')).toBe('second\n');
    expect(existsSync(join(temp.dir, 'posthorn.log.1'))).toBe(true);
  });

  it('shows warnings on the terminal, without stacks, and the rest only when asked', () => {
    const warning = JSON.stringify({
      time: '2026-11-21T10:00:00.000Z',
      level: 'warn',
      app: 'ingress',
      msg: 'Redis cannot be reached',
      port: 6379,
      err: { message: 'connect ECONNREFUSED', stack: 'Error: …\n    at somewhere' },
    });
    const shown = '10:00:00 warn  ingress: Redis cannot be reached (connect ECONNREFUSED, port=6379)';
    expect(toTerminalLine(warning, { verbose: false })).toBe(shown);
    const info = warning.replace('"warn"', '"info"');
    expect(toTerminalLine(info, { verbose: false })).toBeNull();
    expect(toTerminalLine(info, { verbose: true })).toBe(shown.replace('warn', 'info'));
  });
});
