import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/** Reads a file of JSON, or the standard input. */
export async function readJson({ readText }: Terminal, path: string): Promise<unknown> {
  const shown = path === '-' ? 'the standard input' : path;
  const text = await readText(path).catch((error: unknown) => {
    throw new CliError(`${shown} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    // The parser quotes what it read; that may be a secret.
    throw new CliError(`${shown} is not JSON; correct it and try again.`, { cause: error });
  }
}
