import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

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
  readText: async (path) => (path === '-' ? await text(process.stdin) : await readFile(path, 'utf8')),
};

// Whoever reads our answer may have seen enough: `posthorn dlq ls | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await createProgram(terminal).parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else {
    process.exitCode = 1;
    terminal.err(isPlain(error) ? `posthorn: ${error.message}` : withStack(error));
  }
}

/** Messages for people need no stack: our own, and what stands in the way of a start. */
function isPlain(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}

function withStack(error: unknown): string {
  return `posthorn: something went wrong inside\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
