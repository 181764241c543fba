import { userInfo } from 'node:os';
import { createChannelAdmin, newSecret, type ChannelAdmin } from '@posthorn/channel-admin';
import { providers } from '@posthorn/providers';
import { createHttp } from '@posthorn/runtime';
import { CliError } from './cli-error.ts';
import { withFleet, type FleetParts } from './fleet-access.ts';
import { homeOf } from './home.ts';
import { readRun } from './run-file.ts';
import type { Terminal } from './terminal.ts';

/** What commands on channels work with. */
export interface AdminParts extends FleetParts {
  readonly admin: ChannelAdmin;
}

/** Opens the fleet's Redis, and a way to the providers; closes both afterwards. */
export async function withAdmin<Result>(
  terminal: Terminal,
  use: (parts: AdminParts) => Promise<Result>,
): Promise<Result> {
  const client = createHttp({ timeoutMs: 15_000 });
  try {
    return await withFleet(
      terminal,
      async (parts) =>
        await use({ ...parts, admin: createChannelAdmin({ ...parts, providers, newSecret, http: client.http }) }),
    );
  } finally {
    await client.close();
  }
}

/** Who acts, as it is kept. */
export function byOf({ by }: { readonly by?: string | undefined }): string {
  return `cli:${by ?? systemUser()}`;
}

/** In a container the user may have a number only. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Where providers reach the fleet: as it was given, else POSTHORN_PUBLIC_URL, else the API of the `posthorn up` in this folder. */
export function publicUrlOf({ env }: Terminal, given: string | undefined): string {
  const url = given ?? (env['POSTHORN_PUBLIC_URL'] || readRun(homeOf(env), process.pid)?.fleet?.urls.api);
  if (url === undefined || URL.parse(url) === null) {
    throw new CliError(
      'It is not known where the provider reaches posthorn: set POSTHORN_PUBLIC_URL (like https://hooks.example.com), or give --public-url.',
    );
  }
  return url;
}
