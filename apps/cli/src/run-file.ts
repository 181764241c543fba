import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { errorCodeOf } from './error-code-of.ts';
import type { Home } from './home.ts';
import { makeHome } from './home.ts';
import { writePrivateFile } from './write-private-file.ts';

const runSchema = z.object({
  v: z.literal(1),
  pid: z.int(),
  /** Null while it starts. */
  fleet: z
    .object({
      redisUrl: z.string(),
      /** The demo's. */
      apiKey: z.string(),
      urls: z.object({
        api: z.string(),
        ops: z.string(),
        /** By provider. */
        workers: z.record(z.string(), z.string()),
        scheduler: z.string(),
        forwarder: z.string(),
        sandbox: z.string(),
      }),
    })
    .nullable(),
});

/** What other commands of the same folder know of the running fleet. It holds secrets: mode 0600. */
export type RunFile = z.infer<typeof runSchema>;

/** The `posthorn up` of this folder, or null: there is none, or what is left is of one that died. */
export function readRun({ runFile }: Home, ownPid: number): RunFile | null {
  let run: RunFile | undefined;
  try {
    run = runSchema.safeParse(JSON.parse(readFileSync(runFile, 'utf8'))).data;
  } catch {
    return null;
  }
  // Our own id in an old file: containers give the same small ids again and again.
  return run === undefined || run.pid === ownPid || !isAlive(run.pid) ? null : run;
}

export function writeRun(home: Home, run: RunFile): void {
  makeHome(home);
  writePrivateFile(home.runFile, run);
}

export function removeRun({ runFile }: Home): void {
  rmSync(runFile, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return errorCodeOf(error) === 'EPERM';
  }
}
