import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks on a terminal; commands do it on the standard error, so that answers can be piped. A secret is not shown while it is typed. Ctrl-C
 * and the end of the input end the command.
 */
export function createAskPerson({
  input,
  output,
}: {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}): NonNullable<Terminal['ask']> {
  return async (question, { secret }) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const reader = createInterface({ input, output: secret ? silent : output, terminal: true });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    reader.once('line', resolve);
    for (const end of ['SIGINT', 'close'])
      reader.once(end, () => reject(new CliError('Stopped. What was not told as done above was not done.')));
    if (secret) output.write(question);
    // The reader writes the question itself: it draws the line anew when something in it is taken back.
    reader.setPrompt(secret ? '' : question);
    reader.prompt();
    try {
      return await promise;
    } finally {
      reader.close();
      if (secret) output.write('\n');
    }
  };
}
