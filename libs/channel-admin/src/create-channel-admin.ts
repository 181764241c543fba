import { channelInputSchema, type Channel, type ChannelInput, type ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { ChannelId } from '@posthorn/message';
import { faultsOf, type Fault, type NewSecret, type Provider, type Verdict } from '@posthorn/provider';
import type { DeadLetters, PauseEntry, Pauses, Queues } from '@posthorn/queue';
import type { Http, RedisClient } from '@posthorn/runtime';
import { createAudit, type Audit } from './create-audit.ts';
import { resumeByHand } from './create-pause-admin.ts';
import { createRemovals, type Removals, type Unsent } from './create-removals.ts';
import { changedPaths, mergePatch } from './merge-patch.ts';
import { connectChannel, providerOf, verifyChannel, type ConnectResult } from './operations.ts';
import { checkChannel, putChannel, type PutChannelResult } from './put-channel.ts';

export interface ChannelAdminDeps {
  readonly redis: RedisClient;
  readonly registry: ChannelRegistry;
  readonly ledger: Pick<Ledger, 'setState' | 'bury' | 'late' | 'dealtWith'>;
  readonly pauses: Pauses;
  readonly queues: Queues;
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  readonly providers: readonly Provider[];
  readonly http: Http;
  readonly newSecret: NewSecret;
}

/** What was put, and what changed by it: names, never values. */
export type ChangeResult =
  | { readonly kind: 'put'; readonly channel: Channel; readonly changed: readonly string[] }
  | Extract<PutChannelResult, { readonly kind: 'invalid' }>;

export interface PutOptions {
  readonly dryRun?: boolean;
  readonly onlyChanges?: boolean;
}

/** A partial change, as a JSON merge patch (RFC 7396): what is absent stays, null removes or brings the default back. */
export type ChannelPatch = Readonly<Record<string, unknown>>;

/**
 * What people and machines do to channels. `by` names who: `cli:ada`, `api:key_…`. Every change leaves an entry in the audit, and
 * no answer holds a credential but where a `Channel` is handed back as such.
 */
export interface ChannelAdmin {
  /**
   * Adds or replaces. Secrets of ours that are lacking are made. `dryRun`: only says whether it could be. `onlyChanges`: leaves a channel alone
   * that is so already; without it, putting the same again opens one that is draining, and ends a pause for credentials.
   */
  readonly put: (input: ChannelInput, by: string, options?: PutOptions) => Promise<ChangeResult>;
  /** Changes part of it: new credentials, another pace. */
  readonly change: (channel: Channel, patch: ChannelPatch, by: string) => Promise<ChangeResult>;
  /** Makes new secrets of ours; the former ones stay good until the next rotation. `connect` tells the provider. */
  readonly rotate: (
    channel: Channel,
    by: string,
  ) => Promise<ChangeResult | { readonly kind: 'none'; readonly channel: Channel }>;
  readonly verify: (channel: Channel) => Promise<Verdict>;
  readonly connect: (channel: Channel, publicUrl: string, by: string) => Promise<ConnectResult>;
  /** An operator's pause; those of others stay. Resuming ends a storm too. */
  readonly pause: (channel: Channel, by: string) => Promise<readonly PauseEntry[]>;
  readonly resume: (channel: Channel, by: string) => Promise<readonly PauseEntry[]>;
  readonly remove: (channel: Channel, unsent: Unsent, by: string) => Promise<void>;
  readonly removals: Pick<Removals, 'advance' | 'list'>;
  /** Null: there is none of that id (or it is not known here yet). */
  readonly find: (id: ChannelId) => Channel | null;
  readonly isGone: (id: ChannelId) => Promise<boolean>;
  readonly audit: Audit;
}

/** Joins registry, ledger, queues and providers; the same for the API, the CLI and the scheduler. */
export function createChannelAdmin(deps: ChannelAdminDeps): ChannelAdmin {
  const { redis, registry, ledger, pauses, providers, newSecret } = deps;
  const audit = createAudit({ redis });
  const removals = createRemovals({ ...deps, audit });
  const tell = async (
    action: string,
    { id, tenantId }: Pick<Channel, 'id' | 'tenantId'>,
    by: string,
    more: { readonly changed?: readonly string[]; readonly result: string },
  ): Promise<void> => {
    await audit.record({
      by,
      action,
      tenantId,
      channelId: id,
      result: more.result,
      changed: [...(more.changed ?? [])],
    });
  };

  const put: ChannelAdmin['put'] = async (given, by, { dryRun = false, onlyChanges = false } = {}) => {
    const known = registry.get(given.id);
    const provider = providers.find(({ id }) => id === given.provider);
    const lacking = provider?.ownSecrets(given.settings, newSecret, { rotate: false }) ?? {};
    // What was made here before and is not given now stays: nobody outside knows it.
    const kept =
      known?.provider === given.provider
        ? {
            ...connectedOf(provider?.madeByConnect ?? [], given.settings, known.settings),
            ...ownOf(lacking, known.settings),
          }
        : {};
    const settings = mergePatch(mergePatch(given.settings, lacking), kept);
    const input = { heldPolicy: 'hold' as const, ...given, settings };
    const faults = checkChannel(providers, input, known);
    if (faults.length > 0) return { kind: 'invalid', faults };
    const changed = known === null ? ['everything'] : changedPaths(withoutVersion(known), input);
    if (known !== null && changed.length === 0 && (dryRun || onlyChanges))
      return { kind: 'put', channel: known, changed };
    if (dryRun) return { kind: 'put', channel: { ...input, version: known?.version ?? 0 }, changed };
    const result = await putChannel({ registry, ledger, pauses, providers }, input);
    if (result.kind === 'invalid') return result;
    await removals.cancel(input.id);
    await tell(known === null ? 'channel.add' : 'channel.change', input, by, { changed, result: 'stored' });
    return { ...result, changed };
  };

  return {
    put,
    change: async (channel, patch, by) => {
      const whole = mergePatch(withoutVersion(channel), patch);
      const read = channelInputSchema.safeParse(whole);
      if (!read.success) return { kind: 'invalid', faults: faultsOf(read.error) };
      if (read.data.id !== channel.id) return { kind: 'invalid', faults: [fixed('/id')] };
      return await put(read.data, by);
    },
    rotate: async (channel, by) => {
      const made = providerOf(providers, channel).ownSecrets(channel.settings, newSecret, { rotate: true });
      if (Object.keys(made).length === 0) return { kind: 'none', channel };
      const input = { ...withoutVersion(channel), settings: mergePatch(channel.settings, made) };
      const faults = checkChannel(providers, input, channel);
      if (faults.length > 0) return { kind: 'invalid', faults };
      const changed = changedPaths(channel.settings, input.settings, 'settings');
      const stored = await registry.put(input);
      await tell('channel.rotate', channel, by, { changed, result: 'stored' });
      return { kind: 'put', channel: stored, changed };
    },
    verify: async (channel) => await verifyChannel(deps, channel),
    connect: async (channel, publicUrl, by) => {
      const result = await connectChannel(deps, channel, publicUrl);
      const changed = changedPaths(channel.settings, result.channel.settings, 'settings');
      await tell('channel.connect', channel, by, { changed, result: result.registration.kind });
      return result;
    },
    pause: async (channel, by) => {
      await pauses.pause(channel, 'operator', by);
      await tell('channel.pause', channel, by, { result: 'paused' });
      return await pauses.reasons(channel);
    },
    resume: async (channel, by) => {
      await resumeByHand(pauses, channel);
      await tell('channel.resume', channel, by, { result: 'resumed' });
      return await pauses.reasons(channel);
    },
    remove: removals.begin,
    removals,
    find: registry.get,
    isGone: registry.isGone,
    audit,
  };
}

/** Of the secrets that would be made, those that the settings have already. */
function ownOf(made: Readonly<Record<string, unknown>>, settings: unknown): Readonly<Record<string, unknown>> {
  const from = new Map(Object.entries(typeof settings === 'object' && settings !== null ? settings : {}));
  return Object.fromEntries(
    Object.entries(made).flatMap(([name, value]) => (from.has(name) ? [[name, ownValue(value, from.get(name))]] : [])),
  );
}

function ownValue(made: unknown, value: unknown): unknown {
  return isRecord(made) ? ownOf(made, value) : value;
}

/** What connecting made at the provider, where it is not given now. */
function connectedOf(names: readonly string[], given: unknown, known: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(known)) return {};
  const from = isRecord(given) ? given : {};
  return Object.fromEntries(
    names.flatMap((name) => (known[name] === undefined || from[name] !== undefined ? [] : [[name, known[name]]])),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutVersion({ version: _version, ...channel }: Channel): ChannelInput {
  return channel;
}

function fixed(pointer: string): Fault {
  return { pointer, detail: 'expected no other value than it has: it cannot be changed' };
}
