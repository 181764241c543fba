import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { whatsappCloud } from '@posthorn/provider-whatsapp-cloud';
import { z } from 'zod';
import { demoMessages } from './demo-messages.ts';
import { run } from './testing/run-cli.ts';

const messages = demoMessages('in_demo-whatsapp-cloud_01JD8T0Z5R4YV3W2X1Q0P9N8M7');

const interactiveKinds =
  'buttons list cta_url flow location_request product product_list catalog call_permission_request address order_details order_status carousel'.split(
    ' ',
  );
const templateButtons = ['quick_reply', 'url', 'copy_code', 'flow', 'catalog', 'mpm', 'order_details'];

describe('the messages of the demo', () => {
  it('cover every content type, interactive kind and template button, and fit the provider', () => {
    const contents = messages.map(({ content }) => content);
    expect(new Set(contents.map(({ type }) => type))).toEqual(whatsappCloud.capabilities.content);
    const kinds = contents.flatMap((content) => (content.type === 'interactive' ? [content.kind] : []));
    expect(kinds.toSorted()).toEqual(interactiveKinds.toSorted());
    const buttons = contents
      .flatMap((content) => (content.type === 'template' ? (content.components ?? []) : []))
      .flatMap((component) => (component.type === 'button' ? [component.kind] : []));
    expect(buttons.toSorted()).toEqual(templateButtons.toSorted());
    expect(contents.flatMap((content) => whatsappCloud.check(content))).toEqual([]);
  });
});

const shownSchema = z.object({
  inbound: z.object({ text: z.string() }),
  outcomes: z.array(z.object({ kind: z.string(), providerId: z.string(), fault: z.null() })),
});

describe('posthorn demo', () => {
  it('sends one message of every kind, sees each delivered and read, and ends with 0', async () => {
    // Where a Redis that was fetched before lies; the demo keeps nothing there itself.
    const home = fileURLToPath(new URL('../../../.posthorn', import.meta.url));
    const demo = await run(['demo', '--json'], { POSTHORN_HOME: home });
    expect(demo.stderr).not.toContain('posthorn:');
    const shown = shownSchema.parse(JSON.parse(demo.stdout));
    expect(shown.outcomes).toHaveLength(messages.length);
    expect(shown.inbound.text).toBe('Where is my parcel?');
    expect(demo.code).toBe(0);
  });
});
