import { wordsOfRedisError } from '@posthorn/runtime';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line. What went wrong is told, and is the exit code; nothing is thrown. */
export async function runProgram(terminal: Terminal, args: readonly string[]): Promise<void> {
  try {
    await createProgram(terminal).parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Commander has told what is wrong with the command line.
    terminal.setExitCode(error instanceof CommanderError ? error.exitCode : 1);
    if (!(error instanceof CommanderError)) terminal.err(`posthorn: ${say(error)}`);
  }
}

/** Messages for people need no stack: our own, and what stands in the way of a start. A bug needs one. */
function say(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isBug
    ? `something went wrong inside\n${error.stack ?? error.message}`
    : (wordsOfRedisError(error.message) ?? error.message);
}
