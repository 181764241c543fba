import { createHmac, randomUUID } from 'node:crypto';
import type { Channel, ChannelInput, ChannelRegistry } from '@posthorn/channel';
import { channelIdSchema, providerIdSchema, tenantIdSchema, type ChannelId } from '@posthorn/message';

export const appSecret = 'app secret of the tests'.replaceAll(' ', '-');
export const verifyToken = 'verify-me';
const provider = providerIdSchema.parse('whatsapp-cloud');

/** The registry of an ingress under test: channels in memory. */
export function createMemoryRegistry(known: readonly Channel[]): ChannelRegistry {
  const channelById = new Map(known.map((channel) => [channel.id, channel]));
  const get: ChannelRegistry['get'] = (id) => channelById.get(id) ?? null;
  return {
    get,
    list: () => [...channelById.values()],
    isLoaded: () => true,
    refresh: async () => undefined,
    put: async (input: ChannelInput) => {
      const channel: Channel = { heldPolicy: 'hold', ...input, version: (get(input.id)?.version ?? 0) + 1 };
      channelById.set(channel.id, channel);
      return await Promise.resolve(channel);
    },
    remove: async (id: ChannelId) => await Promise.resolve(channelById.delete(id)),
    isGone: async () => await Promise.resolve(false),
    onChange: () => () => undefined,
    close: async () => await Promise.resolve(),
  };
}

/** A channel of WhatsApp's Cloud API. `providerUrl`: where its Graph API is. */
export function createTestChannel(tenant: string, providerUrl?: string): Channel {
  return {
    id: channelIdSchema.parse(`${tenant}-${randomUUID()}`),
    tenantId: tenantIdSchema.parse(tenant),
    provider,
    name: tenant,
    labels: { team: 'support' },
    settings: {
      phoneNumberId: '106540352242922',
      wabaId: '102290129340398',
      accessToken: 'EAAtoken',
      appSecret,
      verifyToken,
      ...(providerUrl !== undefined && { baseUrl: providerUrl }),
    },
    pacePerSecond: null,
    heldGraceMs: 900_000,
    heldPolicy: 'hold',
    version: 1,
  };
}

/** As Meta signs a webhook. */
export function sign(body: string | Uint8Array, secret = appSecret): Readonly<Record<string, string>> {
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}
