import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { channelInputSchema } from '@posthorn/channel';
import { forwarderConfigSchema } from '@posthorn/forwarder';
import { ingressConfigSchema } from '@posthorn/ingress';
import { opsConfigSchema } from '@posthorn/ops';
import { providers } from '@posthorn/providers';
import { sandboxConfigSchema } from '@posthorn/sandbox';
import { schedulerConfigSchema } from '@posthorn/scheduler';
import { workerConfigSchema } from '@posthorn/worker';
import { parse } from 'yaml';
import { z } from 'zod';
import { readFleetConfig } from './config.ts';
import { newKeys } from './keys-file.ts';

const fileOf = (name: string) => new URL(`../../../deploy/${name}`, import.meta.url);
const channelsSchema = z.strictObject({ channels: z.array(channelInputSchema) });
const { channels } = channelsSchema.parse(JSON.parse(readFileSync(fileOf('demo-channels.json'), 'utf8')));

const composed = readFileSync(fileOf('../docker-compose.yml'), 'utf8');
const environmentSchema = z.record(z.string(), z.string().nullable());
const { services } = z
  .object({ services: z.record(z.string(), z.object({ environment: environmentSchema.default({}) })) })
  .parse(parse(composed, { merge: true }));

describe('the Compose file', () => {
  const apps = {
    ingress: ingressConfigSchema,
    ...Object.fromEntries(providers.map(({ id }) => [`worker-${id}`, workerConfigSchema])),
    scheduler: schedulerConfigSchema,
    forwarder: forwarderConfigSchema,
    ops: opsConfigSchema,
    sandbox: sandboxConfigSchema,
  };
  /** In a container an app listens where it always does; the file of channels needs a mount; factors are for playing. */
  const isOwn = (name: string) => !/_(?:PORT|HOST)$|^POSTHORN_(?:CHANNELS_FILE|DELAY_FACTOR)$|^OTEL_/u.test(name);

  it.each(Object.entries(apps))('gives %s its variables, and no others', (service, { shape }) => {
    const given = Object.keys(services[service]?.environment ?? {});
    expect(given.filter(isOwn).toSorted()).toEqual(Object.keys(shape).filter(isOwn).toSorted());
  });

  it('takes from .env only what env.example tells of, and all of that', () => {
    const passed = Object.values(services).flatMap(({ environment }) =>
      Object.keys(environment).filter((name) => environment[name] === null),
    );
    const inserted = [...composed.matchAll(/\$\{(?<name>\w+)/gu)].map(({ groups }) => groups?.['name'] ?? '');
    const told = readFileSync(fileOf('env.example'), 'utf8').matchAll(/^(?:# )?(?<name>[A-Z_\d]+)=/gmu);
    const names = new Set([...told].map(({ groups }) => groups?.['name'] ?? ''));
    expect(names).toEqual(new Set([...passed, ...inserted, 'COMPOSE_PROFILES']));
  });
});

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
