import { describe, expect, it } from '@jest/globals';
import type { TokenState } from '@posthorn/channel';
import { channelIdSchema, providerIdSchema, tenantIdSchema } from '@posthorn/message';
import { createMetrics } from '@posthorn/runtime';
import type { LiveChannel } from '@posthorn/worker';
import { registerTokenGauge } from './token-gauge.ts';

const channel = (id: string): LiveChannel => ({
  channel: {
    id: channelIdSchema.parse(id),
    tenantId: tenantIdSchema.parse('default'),
    provider: providerIdSchema.parse('kernel'),
    name: null,
    labels: {},
    settings: {},
    pacePerSecond: null,
    heldGraceMs: 1,
    heldPolicy: 'hold',
    version: 1,
  },
  connected: {
    addresses: [],
    account: 'a',
    pace: { channelPerSecond: null, conversation: null },
    tokens: null,
    toRequest: () => ({ operation: 'send', method: 'POST', url: 'http://127.0.0.1/' }),
    handshake: () => null,
    verifies: () => false,
  },
});
const none: TokenState = { token: null, version: 0, failures: 0, notBeforeMs: 0, refused: null };
const endsAt = (expiresAtMs: number): TokenState => ({
  ...none,
  token: { version: 1, token: 'canary', credentials: 'c', expiresAtMs, dueAtMs: 0 },
});
const stateById: Readonly<Record<string, TokenState>> = { a: endsAt(5_000), b: endsAt(3_000), c: none };

async function shown(ids: readonly string[], channelsMax: number): Promise<string[]> {
  const metrics = createMetrics({ app: 'scheduler' });
  registerTokenGauge(metrics, {
    channels: () => ids.map(channel),
    read: async (live) => await Promise.resolve(stateById[live.channel.id] ?? none),
    channelsMax,
  });
  const text = await metrics.registry.getSingleMetricAsString('posthorn_token_expiry_timestamp_seconds');
  return text.split('\n').filter((line) => line.startsWith('posthorn_'));
}

describe('the end of tokens, as a metric', () => {
  it('is told per channel, and is 0 where there is none', async () => {
    expect(await shown(['a', 'b', 'c'], 3)).toEqual([
      'posthorn_token_expiry_timestamp_seconds{provider="kernel",channel="a"} 5',
      'posthorn_token_expiry_timestamp_seconds{provider="kernel",channel="b"} 3',
      'posthorn_token_expiry_timestamp_seconds{provider="kernel",channel="c"} 0',
    ]);
  });

  it('is the earliest of a provider where channels are many', async () => {
    expect(await shown(['a', 'b'], 1)).toEqual([
      'posthorn_token_expiry_timestamp_seconds{provider="kernel",channel="earliest"} 3',
    ]);
  });
});
