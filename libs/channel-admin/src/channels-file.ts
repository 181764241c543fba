import { channelIdSchema } from '@posthorn/message';
import type { ChannelInput } from '@posthorn/channel';
import type { Fault, Provider } from '@posthorn/provider';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { ChannelAdmin } from './create-channel-admin.ts';
import type { Unsent } from './create-removals.ts';
import { readChannel } from './read-channel.ts';

/** Where secrets that a file names are read. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readText: (path: string) => Promise<string>;
}

/** A declarative file, read. */
export interface ChannelsFile {
  readonly channels: readonly ChannelInput[];
  readonly removed: readonly { readonly id: ChannelInput['id']; readonly unsent: Unsent }[];
}

export type ReadChannelsFile =
  | { readonly kind: 'read'; readonly file: ChannelsFile }
  /** Pointers start at the document. No detail shows a value. */
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/** What became of one channel. */
export interface Applied {
  readonly id: string;
  readonly result: 'added' | 'changed' | 'unchanged' | 'removing' | 'gone';
  /** Names, never values. */
  readonly changed: readonly string[];
}

const documentSchema = z.strictObject({
  channels: z.array(z.unknown()).default([]),
  removed: z
    .array(
      z.union([
        channelIdSchema.transform((id) => ({ id, unsent: 'wait' as const })),
        z.strictObject({ id: channelIdSchema, unsent: z.enum(['wait', 'dead-letter']).default('wait') }),
      ]),
    )
    .default([]),
});
const envReference = z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w{0,199}$/u) });
const fileReference = z.strictObject({ file: z.string().min(1).max(1000) });

/**
 * Reads a declarative file: YAML (or JSON, which is YAML) with `channels`, each as `posthorn channels put` takes it, and `removed`, the ids
 * of those that shall go. In settings, `{"env": "NAME"}` and `{"file": "/run/secrets/x"}` stand for a secret that is elsewhere. All faults
 * are told at once, those of settings too.
 */
export async function readChannelsFile(
  providers: readonly Provider[],
  text: string,
  sources: SecretSources,
): Promise<ReadChannelsFile> {
  const parsed = parseDocument(text, { prettyErrors: false });
  const [broken] = parsed.errors;
  if (broken !== undefined) {
    const line = text.slice(0, broken.pos[0]).split('\n').length;
    return { kind: 'invalid', faults: [{ pointer: '', detail: `expected YAML or JSON; line ${line} is neither` }] };
  }
  const document = documentSchema.safeParse(parsed.toJS());
  if (!document.success) {
    const faults = document.error.issues.map(({ path, message }) => ({ pointer: pointerTo(path), detail: message }));
    return { kind: 'invalid', faults };
  }
  const faults: Fault[] = [];
  const channels: ChannelInput[] = [];
  for (const [index, entry] of document.data.channels.entries()) {
    const at = `/channels/${index}`;
    const opened = await openReferences(entry, at, sources, faults);
    const read = readChannel(providers, opened);
    if (read.kind === 'invalid') faults.push(...under(at, read.faults));
    else channels.push(read.input);
  }
  const ids = [...channels.map(({ id }) => id), ...document.data.removed.map(({ id }) => id)];
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) {
    faults.push({ pointer: '', detail: `expected each id once, came ${id} again` });
  }
  return faults.length > 0
    ? { kind: 'invalid', faults }
    : { kind: 'read', file: { channels, removed: document.data.removed } };
}

/**
 * Brings the installation to what the file says; applied again, nothing changes. Channels that it does not name stay as they are. Nothing
 * at all is changed where one of them is refused. `dryRun`: only says what would be done.
 */
export async function applyChannels(
  admin: Pick<ChannelAdmin, 'put' | 'remove' | 'find' | 'removals'>,
  file: ChannelsFile,
  by: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<
  | { readonly kind: 'applied'; readonly channels: readonly Applied[] }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
> {
  const faults: Fault[] = [];
  for (const [index, input] of file.channels.entries()) {
    const result = await admin.put(input, by, { dryRun: true, onlyChanges: true });
    if (result.kind === 'invalid') faults.push(...under(`/channels/${index}`, result.faults));
  }
  if (faults.length > 0) return { kind: 'invalid', faults };
  const channels: Applied[] = [];
  for (const [index, input] of file.channels.entries()) {
    const known = admin.find(input.id);
    const result = await admin.put(input, by, { dryRun, onlyChanges: true });
    if (result.kind === 'invalid') return { kind: 'invalid', faults: under(`/channels/${index}`, result.faults) };
    const isSame = known !== null && result.changed.length === 0;
    const what = known === null ? 'added' : isSame ? 'unchanged' : 'changed';
    channels.push({ id: input.id, result: what, changed: known === null ? [] : result.changed });
  }
  const underWay = new Map((await admin.removals.list()).map((removal) => [removal.id, removal.unsent]));
  for (const { id, unsent } of file.removed) {
    const channel = admin.find(id);
    if (channel !== null && !dryRun && underWay.get(id) !== unsent) await admin.remove(channel, unsent, by);
    channels.push({ id, result: channel === null ? 'gone' : 'removing', changed: [] });
  }
  return { kind: 'applied', channels };
}

/** Puts secrets in the place of what names them. */
async function openReferences(value: unknown, at: string, sources: SecretSources, faults: Fault[]): Promise<unknown> {
  const env = envReference.safeParse(value);
  if (env.success) {
    const found = sources.env[env.data.env];
    if (found === undefined || found === '') {
      faults.push({ pointer: at, detail: `expected the environment variable ${env.data.env} to be set` });
      // So that no second fault tells the same.
      return 'unset';
    }
    return found;
  }
  const file = fileReference.safeParse(value);
  if (file.success) {
    const found = await sources.readText(file.data.file).catch(() => null);
    if (found === null || found.trim() === '') {
      faults.push({ pointer: at, detail: `expected a file that can be read and is not empty: ${file.data.file}` });
      return 'unset';
    }
    return found.trim();
  }
  if (Array.isArray(value)) {
    return await Promise.all(
      value.map(async (each, index) => await openReferences(each, `${at}/${index}`, sources, faults)),
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  const opened = await Promise.all(
    Object.entries(value).map(async ([name, each]) => [
      name,
      await openReferences(each, `${at}/${name}`, sources, faults),
    ]),
  );
  const entries: [string, unknown][] = opened.map(([name, each]) => [String(name), each]);
  return Object.fromEntries(entries);
}

function under(at: string, faults: readonly Fault[]): Fault[] {
  return faults.map(({ pointer, detail }) => ({ pointer: `${at}${pointer}`, detail }));
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
