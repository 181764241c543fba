import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks on the terminal, on the standard error so that answers of commands can be piped. A secret is not shown while it is typed. */
export async function askPerson(question: string, { secret }: { readonly secret: boolean }): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
  const reader = createInterface({ input: process.stdin, output: secret ? silent : process.stderr, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    if (secret) process.stderr.write('\n');
  }
}
