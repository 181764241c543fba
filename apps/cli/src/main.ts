import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { createAskPerson } from './ask-person.ts';
import { runProgram } from './run-program.ts';
import type { Terminal } from './terminal.ts';

// SIGHUP: the terminal is gone; what is under way is still finished.
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const terminal: Terminal = {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  setExitCode: (code) => {
    process.exitCode = code;
  },
  exit: (code) => process.exit(code),
  onStop: (listener) => {
    for (const signal of stopSignals) process.on(signal, listener);
    return () => {
      for (const signal of stopSignals) process.off(signal, listener);
    };
  },
  onExit: (listener) => {
    process.on('exit', listener);
    return () => void process.off('exit', listener);
  },
  ...(process.stdin.isTTY &&
    process.stderr.isTTY && {
      ask: createAskPerson({ input: process.stdin, output: process.stderr }),
    }),
  readText: async (path) => (path === '-' ? await text(process.stdin) : await readFile(path, 'utf8')),
};

// Whoever reads our answer may have seen enough: `posthorn dlq ls | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// A terminal that is gone must not keep a fleet from stopping in order.
process.stderr.on('error', () => undefined);

await runProgram(terminal, process.argv.slice(2));
