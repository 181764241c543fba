import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CliError } from './cli-error.ts';
import { errorCodeOf } from './error-code-of.ts';
import type { Home } from './home.ts';
import { makeHome } from './home.ts';
import { writePrivateFile } from './write-private-file.ts';

const keysSchema = z.object({
  v: z.literal(1),
  /** `id:base64`, as POSTHORN_SEALING_KEYS takes them. */
  sealingKeys: z.string().min(1),
  /** base64, as POSTHORN_LOOKUP_KEY takes it. */
  lookupKey: z.string().min(1),
  /** The password of Bull Board. */
  opsPassword: z.string().min(1),
  /** The demo channel's credentials at the sandbox. */
  sandbox: z.object({ accessToken: z.string(), appSecret: z.string(), verifyToken: z.string() }),
  /** The demo's API key in the clear, for each Redis it was made in: there it is only a hash. */
  apiKeyByRedis: z.record(z.string(), z.string()),
});

/** The secrets `posthorn up` made for one folder. */
export type Keys = z.infer<typeof keysSchema>;

/** New secrets; nothing is written. */
export function newKeys(): Keys {
  const secret = (bytes: number): string => randomBytes(bytes).toString('base64url');
  return {
    v: 1,
    sealingKeys: `k1:${randomBytes(32).toString('base64')}`,
    lookupKey: randomBytes(32).toString('base64'),
    opsPassword: secret(15),
    sandbox: { accessToken: secret(24), appSecret: secret(24), verifyToken: secret(24) },
    apiKeyByRedis: {},
  };
}

/** The secrets of this folder, or null if none were made. Throws if the file is there and cannot be read: it is never replaced. */
export function readKeys({ keysFile }: Home): Keys | null {
  let text: string;
  try {
    text = readFileSync(keysFile, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw new CliError(`${keysFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const keys = keysSchema.safeParse(parse(text));
  if (keys.success) return keys.data;
  throw new CliError(
    `${keysFile} is damaged: expected the keys "posthorn up" wrote. Without them what is stored cannot be opened: ` +
      'bring the file back from a backup, or move it and the data folder beside it away to begin anew.',
  );
}

/** Keeps them in a file for its owner alone (mode 0600). */
export function writeKeys(home: Home, keys: Keys): void {
  makeHome(home);
  writePrivateFile(home.keysFile, keys);
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}
