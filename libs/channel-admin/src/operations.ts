import type { Channel, ChannelRegistry } from '@posthorn/channel';
import {
  holdTalk,
  type ConnectedChannel,
  type NewSecret,
  type Provider,
  type Refusal,
  type Registration,
  type Unknown,
  type Verdict,
} from '@posthorn/provider';
import type { Http } from '@posthorn/runtime';
import { mergePatch } from './merge-patch.ts';

export interface OperationsDeps {
  readonly registry: Pick<ChannelRegistry, 'put'>;
  readonly providers: readonly Provider[];
  readonly http: Http;
  readonly newSecret: NewSecret;
}

/** What connecting said, and the channel as it is now: it may have got settings by it. */
export interface ConnectResult {
  readonly registration: Registration;
  readonly channel: Channel;
}

/**
 * Proves a channel's credentials with a cheap call. Tokens that expire are asked for anew: that the stored one still works would prove
 * nothing of the credentials.
 */
export async function verifyChannel(deps: OperationsDeps, channel: Channel): Promise<Verdict> {
  const connected = open(deps.providers, channel);
  const token = await fetchToken(connected, deps.http);
  if (token.kind !== 'token') return withoutSecrets(token, channel);
  if (connected.verify === undefined) return { kind: 'proven', facts: { token: 'issued' } };
  const call = connected.verify(token.token);
  return withoutSecrets(call.read(await deps.http(call.request)), channel);
}

/**
 * Tells the provider where the channel's webhooks go: `<public url>/webhooks/<provider>/<channel>`. Secrets of ours that are lacking are made
 * and stored first, so that the provider's handshake finds them; settings that come of it are stored after. Can be repeated.
 */
export async function connectChannel(deps: OperationsDeps, given: Channel, publicUrl: string): Promise<ConnectResult> {
  const { registry, providers, http, newSecret } = deps;
  const lacking = providerOf(providers, given).ownSecrets(given.settings, newSecret, { rotate: false });
  const channel = Object.keys(lacking).length === 0 ? given : await registry.put(withSettings(given, lacking));
  const connected = open(providers, channel);
  const url = webhookUrlOf(publicUrl, channel);
  if (connected.registerWebhook === undefined) {
    const says = `This provider has no call for it: give it the address ${url} by hand.`;
    return { registration: { kind: 'manual', says }, channel };
  }
  const token = await fetchToken(connected, http);
  if (token.kind !== 'token') {
    const registration = { ...withoutSecrets(token, channel), step: 'asking for an access token' };
    return { registration, channel };
  }
  const talk = connected.registerWebhook({ url, channelId: channel.id }, token.token);
  const registration = withoutSecrets(await holdTalk(talk, http), channel);
  if (registration.kind !== 'registered' || registration.settings === undefined) return { registration, channel };
  return { registration, channel: await registry.put(withSettings(channel, registration.settings)) };
}

/** Where a channel's webhooks arrive. */
export function webhookUrlOf(publicUrl: string, { provider, id }: Pick<Channel, 'provider' | 'id'>): string {
  return `${publicUrl.replace(/\/+$/u, '')}/webhooks/${provider}/${id}`;
}

/** The provider of a stored channel. */
export function providerOf(providers: readonly Provider[], channel: Pick<Channel, 'id' | 'provider'>): Provider {
  const provider = providers.find(({ id }) => id === channel.provider);
  if (provider === undefined) throw new Error(`channel ${channel.id} is of a provider that this release does not have`);
  return provider;
}

function open(providers: readonly Provider[], channel: Channel): ConnectedChannel {
  const connected = providerOf(providers, channel).connect(channel.settings);
  if (connected.kind === 'connected') return connected;
  const faults = connected.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
  throw new Error(`the settings of channel ${channel.id} are not valid any more: ${faults}`);
}

function withSettings({ version: _version, ...channel }: Channel, patch: Readonly<Record<string, unknown>>) {
  return { ...channel, settings: mergePatch(channel.settings, patch) };
}

async function fetchToken(
  { tokens }: ConnectedChannel,
  http: Http,
): Promise<{ readonly kind: 'token'; readonly token: string | null } | Refusal | Unknown> {
  if (tokens === null) return { kind: 'token', token: null };
  const outcome = tokens.toToken(await http(tokens.request));
  switch (outcome.kind) {
    case 'issued':
      return { kind: 'token', token: outcome.token };
    case 'refused':
      return outcome;
    case 'unavailable':
      return { kind: 'unknown', problem: outcome.problem ?? { code: 'token_unavailable' } };
    default:
      return outcome satisfies never;
  }
}

/** A provider may quote in its words what it was sent: whatever of it stands in the settings is not told on. */
function withoutSecrets<Result extends object>(result: Result, { settings }: Channel): Result {
  if (!('problem' in result) || typeof result.problem !== 'object' || result.problem === null) return result;
  const values = textsIn(settings).toSorted((a, b) => b.length - a.length);
  const hide = (words: string): string => values.reduce((shown, value) => shown.replaceAll(value, '…'), words);
  const told = Object.entries(result.problem).map(([name, words]: [string, unknown]): [string, unknown] => [
    name,
    typeof words === 'string' ? hide(words) : words,
  ]);
  return { ...result, problem: Object.fromEntries(told) };
}

/** Shorter ones are no credentials, and would be found everywhere. */
const secretCharacters = 6;

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length >= secretCharacters ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
