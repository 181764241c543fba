import { createHttp } from '@posthorn/runtime';
import { createApiClient, type ApiClient } from './api-client.ts';
import { CliError } from './cli-error.ts';
import { homeOf } from './home.ts';
import { readRun } from './run-file.ts';
import type { Terminal } from './terminal.ts';

const howToReachApi =
  'Start one here with "npx posthorn up", run this in its folder (or set POSTHORN_HOME to its .posthorn), or set POSTHORN_URL and POSTHORN_API_KEY.';

/** Opens the message API (of the environment, else of the `posthorn up` in this folder), and closes it afterwards. */
export async function withApi<Result>(terminal: Terminal, use: (api: ApiClient) => Promise<Result>): Promise<Result> {
  const client = createHttp({ timeoutMs: 15_000, maxBodyBytes: 16 * 1024 * 1024 });
  try {
    return await use(createApiClient({ ...placeOfApi(terminal), http: client.http }));
  } finally {
    await client.close();
  }
}

/** Where the message API is, and the key for it. */
export function placeOfApi({ env }: Terminal): { readonly url: string; readonly key: string } {
  const home = homeOf(env);
  const run = readRun(home, process.pid)?.fleet;
  const url = env['POSTHORN_URL'] || run?.urls.api;
  if (url === undefined) throw new CliError(`No message API was found: none runs in ${home.dir}. ${howToReachApi}`);
  const key = env['POSTHORN_API_KEY'] || run?.apiKey;
  if (key !== undefined) return { url, key };
  throw new CliError(
    `No API key for ${url} was found: set POSTHORN_API_KEY. "posthorn keys create" makes one where the Redis is reached.`,
  );
}
