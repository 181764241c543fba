import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { channelInputSchema } from '@posthorn/channel';
import { providers } from '@posthorn/providers';
import { z } from 'zod';
import { readFleetConfig } from './config.ts';
import { newKeys } from './keys-file.ts';

const fileOf = (name: string) => new URL(`../../../deploy/${name}`, import.meta.url);
const channelsSchema = z.strictObject({ channels: z.array(channelInputSchema) });
const { channels } = channelsSchema.parse(JSON.parse(readFileSync(fileOf('demo-channels.json'), 'utf8')));

describe('the sandbox of the Compose file', () => {
  it('has channels of every provider, with settings that fit', () => {
    expect(new Set(channels.map(({ provider }) => provider))).toEqual(new Set(providers.map(({ id }) => id)));
    for (const { provider, settings } of channels) {
      expect(providers.find(({ id }) => id === provider)?.connect(settings).kind).toBe('connected');
    }
  });

  it('plays an account for each of them, which calls its webhooks', () => {
    const { sealingKeys, lookupKey } = newKeys();
    const keys = { POSTHORN_SEALING_KEYS: sealingKeys, POSTHORN_LOOKUP_KEY: lookupKey };
    const env = { ...keys, POSTHORN_SANDBOX_SEED: fileOf('sandbox-seed.json').pathname };
    const seed = readFleetConfig(env, {}).sandbox.POSTHORN_SANDBOX_SEED;
    const called = [
      ...seed.whatsappCloud.map(({ webhook }) => webhook?.url),
      ...seed.infobip.map(({ webhook }) => webhook?.url),
      ...seed.twilio.map(({ webhookUrl }) => webhookUrl),
      ...seed.kernel.map(({ webhookUrl }) => webhookUrl),
    ].map((url) => new URL(url ?? '').pathname);
    expect(called.toSorted()).toEqual(channels.map(({ id, provider }) => `/webhooks/${provider}/${id}`).toSorted());
  });
});
