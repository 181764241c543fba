import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { providers } from '@posthorn/providers';
import { z } from 'zod';
import { demoMessages } from './demo-messages.ts';
import { allDemos, demoProviders } from './demo-providers.ts';
import type { DemoProvider } from './demo-provider.ts';
import { newKeys } from './keys-file.ts';
import { run } from './testing/run-cli.ts';

const places = { sandboxUrl: 'http://127.0.0.1:8090', apiUrl: 'http://127.0.0.1:8080' };
const inboundId = 'in_demo-whatsapp-cloud_01JD8T0Z5R4YV3W2X1Q0P9N8M7';
const batchOf = ({ provider, channelId, settings }: DemoProvider) => {
  const given = settings(newKeys().sandbox, places);
  return { id: provider.id, channelId, provider, settings: given, messages: demoMessages(provider, given, inboundId) };
};
const batches = demoProviders.map(batchOf);
const allBatches = allDemos.map(batchOf);

const partsByProvider: Readonly<Record<string, { readonly kinds: string; readonly buttons: string }>> = {
  'whatsapp-cloud': {
    kinds:
      'buttons list cta_url flow location_request product product_list catalog call_permission_request address order_details order_status carousel',
    buttons: 'quick_reply url copy_code flow catalog mpm order_details',
  },
  infobip: {
    kinds:
      'buttons list cta_url flow location_request product product_list call_permission_request order_details order_status carousel',
    buttons: 'quick_reply url copy_code flow catalog mpm order_details',
  },
  kernel: {
    kinds: 'buttons list cta_url flow location_request',
    buttons: 'quick_reply url copy_code flow catalog mpm order_details',
  },
  twilio: { kinds: 'buttons list cta_url', buttons: 'quick_reply url' },
};

describe('the messages of the demo', () => {
  it.each(batches)('of $id cover every content type, interactive kind and template button that it can do', (batch) => {
    const { id, provider, settings, messages } = batch;
    const contents = messages.map(({ content }) => content);
    expect(new Set(contents.map(({ type }) => type))).toEqual(provider.capabilities.content);
    expect(messages.some(({ replyTo }) => replyTo !== undefined)).toBe(provider.capabilities.replyTo);
    expect(contents.flatMap((content) => provider.check(content, settings))).toEqual([]);
    const kinds = contents.flatMap((content) => (content.type === 'interactive' ? [content.kind] : []));
    const buttons = contents
      .flatMap((content) => (content.type === 'template' ? (content.components ?? []) : []))
      .flatMap((component) => (component.type === 'button' ? [component.kind] : []));
    expect({ kinds: kinds.join(' '), buttons: buttons.join(' ') }).toEqual(partsByProvider[id]);
  });

  it('are fewer by an older API of the same provider', () => {
    const countOf = (id: string) => allBatches.find(({ channelId }) => channelId === id)?.messages.length ?? 0;
    expect(countOf('demo-infobip-omni')).toBeGreaterThan(10);
    expect(countOf('demo-infobip-omni')).toBeLessThan(countOf('demo-infobip'));
    expect(countOf('demo-kernel-v1')).toBeGreaterThan(10);
    expect(countOf('demo-kernel-v1')).toBeLessThan(countOf('demo-kernel'));
  });

  it('are of providers that are known', () => {
    expect(providers).toEqual(expect.arrayContaining(demoProviders.map(({ provider }) => provider)));
  });
});

const shownSchema = z.object({
  inbound: z.array(z.object({ channelId: z.string(), text: z.string() })),
  outcomes: z.array(z.object({ channelId: z.string(), kind: z.string(), providerId: z.string(), fault: z.null() })),
});

describe('posthorn demo', () => {
  it('sends one message of every kind by each provider, sees each as far as it is told, and ends with 0', async () => {
    // Where a Redis that was fetched before lies; the demo keeps nothing there itself.
    const home = fileURLToPath(new URL('../../../.posthorn', import.meta.url));
    const demo = await run(['demo', '--json'], { POSTHORN_HOME: home });
    expect(demo.stderr).not.toContain('posthorn:');
    const shown = shownSchema.parse(JSON.parse(demo.stdout));
    expect(shown.inbound).toEqual(
      allBatches.map(({ channelId }) => expect.objectContaining({ channelId, text: 'Where is my parcel?' })),
    );
    const sent = allBatches.flatMap(({ channelId, messages }) => messages.map(({ kind }) => `${channelId} ${kind}`));
    expect(shown.outcomes.map(({ channelId, kind }) => `${channelId} ${kind}`)).toEqual(sent);
    expect(demo.code).toBe(0);
  });
});
