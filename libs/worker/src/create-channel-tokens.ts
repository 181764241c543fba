import { randomUUID } from 'node:crypto';
import type { ChannelRegistry, TokenStore } from '@posthorn/channel';
import { createTokenStore } from '@posthorn/channel';
import type { TokenSource } from '@posthorn/provider';
import type { Pauses } from '@posthorn/queue';
import { createRenewal, createTokenCache } from '@posthorn/renewal';
import type { Renewal, TokenCache } from '@posthorn/renewal';
import type { Clock, Http, Log, Metrics, Random, RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import type { LiveChannel } from './connected-channels.ts';

export interface ChannelTokensDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly registry: Pick<ChannelRegistry, 'get' | 'refresh'>;
  readonly pauses: Pick<Pauses, 'pause'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Tokens of channels whose providers issue ones that expire. Ask it of no other channel. */
export interface ChannelTokens {
  readonly store: TokenStore;
  readonly renewal: Renewal<LiveChannel>;
  readonly cache: TokenCache<LiveChannel>;
}

/** Joins the renewal, the store and the pauses; the same for workers and schedulers. */
export function createChannelTokens(deps: ChannelTokensDeps): ChannelTokens {
  const { sealer, registry, log } = deps;
  const store = createTokenStore({ redis: deps.redis, sealer });
  const renewals = deps.metrics.counter({
    name: 'posthorn_token_renewals_total',
    help: 'Calls for an access token, by outcome: renewed, refused, unavailable, superseded by another process.',
    labelNames: ['provider', 'outcome'],
  });
  const credentialsBySource = new WeakMap<TokenSource, string>();
  const credentials = (channel: LiveChannel): string => {
    const source = sourceOf(channel);
    const known = credentialsBySource.get(source);
    if (known !== undefined) return known;
    const { url, headers, body } = source.request;
    const shown = body instanceof Uint8Array ? Buffer.from(body).toString('base64') : body;
    const name = sealer.lookupHash(JSON.stringify([url, headers, typeof shown === 'string' ? shown : null]));
    credentialsBySource.set(source, name);
    return name;
  };

  const renewal = createRenewal<LiveChannel>({
    source: sourceOf,
    credentials,
    revision: ({ channel }) => String(channel.version),
    store: {
      read: async ({ channel }) => await store.read(channel.id),
      store: async ({ channel }, replaces, token) => await store.store(channel.id, replaces, token),
      fail: async ({ channel }, notBeforeMs, refused) => await store.fail(channel.id, notBeforeMs, refused),
      lock: async ({ channel }, owner, limitMs) => await store.lock(channel.id, owner, limitMs),
      unlock: async ({ channel }, owner) => await store.unlock(channel.id, owner),
    },
    http: deps.http,
    clock: deps.clock,
    random: deps.random,
    newOwner: randomUUID,
    refuse: async ({ channel }, problem) => {
      // The copy of the registry may be old: credentials stored meanwhile are not the ones that were refused.
      await registry.refresh();
      if (registry.get(channel.id)?.version !== channel.version) return;
      log.error(
        { channelId: channel.id, code: 'credentials_refused', problem },
        'the provider refuses to give the channel an access token: its credentials are wrong, or lack a right; it is paused until others are stored (posthorn channels rotate --set-env)',
      );
      await deps.pauses.pause(channel, 'credentials', 'credentials_refused');
    },
    report: ({ channel }, { outcome, problem, durationMs, expiresAtMs }) => {
      renewals.inc({ provider: channel.provider, outcome });
      const facts = {
        op: 'renewToken',
        channelId: channel.id,
        outcome,
        durationMs,
        ...(expiresAtMs !== null && { expiresAt: new Date(expiresAtMs).toISOString() }),
        ...(problem !== null && { problem }),
      };
      if (outcome === 'unavailable') log.warn(facts, 'no access token could be got; it is asked for again');
      else log.info(facts, 'access token');
    },
  });
  return {
    store,
    renewal,
    cache: createTokenCache<LiveChannel>({
      renewal,
      read: async ({ channel }) => await store.read(channel.id),
      idOf: ({ channel }) => channel.id,
      credentials,
      clock: deps.clock,
    }),
  };
}

function sourceOf({ channel, connected }: LiveChannel): TokenSource {
  if (connected.tokens !== null) return connected.tokens;
  throw new Error(`the credentials of channel ${channel.id} do not expire: it has no tokens`);
}
