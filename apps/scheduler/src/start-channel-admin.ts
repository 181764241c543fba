import { every } from '@posthorn/runtime';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  applyChannels,
  createChannelAdmin,
  newSecret,
  readChannelsFile,
  type ChannelAdminDeps,
} from '@posthorn/channel-admin';
import { providers } from '@posthorn/providers';
import type { Log, Own } from '@posthorn/runtime';
import type { SchedulerConfig } from './config.ts';

interface Deps extends Omit<ChannelAdminDeps, 'providers' | 'newSecret'> {
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lets one of all schedulers do a tick. */
  readonly once: (name: string, tick: () => Promise<void>) => () => Promise<void>;
}

/** Removals go on until their channels are gone, and the declarative file is followed. */
export function startChannelAdmin(own: Own, config: SchedulerConfig, { log, once, env, ...deps }: Deps): void {
  const admin = createChannelAdmin({ ...deps, providers, newSecret });
  const { POSTHORN_SWEEP_MS: sweepMs, POSTHORN_CHANNELS_FILE: path } = config;

  const advance = async (): Promise<void> => {
    for (const { id, by } of await admin.removals.list()) {
      const state = await admin.removals.advance(id);
      if (state?.kind === 'gone') log.info({ channelId: id, by }, 'a channel is gone');
    }
  };
  own(
    every(sweepMs, once('removals', advance), { log, name: 'removals' }),
    async (open) => await open.close(),
    'removals',
  );
  if (path === undefined) return;

  // What is wrong with the file is told once, and again when something else is.
  let told = '';
  const refuse = (faults: readonly { readonly pointer: string; readonly detail: string }[]): void => {
    const lines = faults.map(({ pointer, detail }) => `${pointer === '' ? '/' : pointer}: ${detail}`);
    if (told === lines.join('\n')) return;
    told = lines.join('\n');
    log.error(
      { file: path, faults: lines },
      'POSTHORN_CHANNELS_FILE is not applied: correct what is wrong; channels stay as they are',
    );
  };
  const follow = async (): Promise<void> => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      refuse([{ pointer: '', detail: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }]);
      return null;
    });
    if (text === null) return;
    const read = await readChannelsFile(providers, text, {
      env,
      readText: async (file) => await readFile(file, 'utf8'),
    });
    if (read.kind === 'invalid') {
      refuse(read.faults);
      return;
    }
    await deps.registry.refresh();
    const result = await applyChannels(admin, read.file, `file:${basename(path)}`, { dryRun: false });
    if (result.kind === 'invalid') {
      refuse(result.faults);
      return;
    }
    told = '';
    for (const { id, result: what, changed } of result.channels) {
      if (what === 'added' || what === 'changed')
        log.info({ channelId: id, what, changed }, 'a channel was put, as the file says');
    }
  };
  own(
    every(sweepMs, once('channels-file', follow), { log, name: 'channels file' }),
    async (open) => await open.close(),
    'channels file',
  );
}
