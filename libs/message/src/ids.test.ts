import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { monotonicFactory } from 'ulid';
import {
  channelIdOf,
  channelIdSchema,
  externalIdSchema,
  inboundIdSchema,
  messageIdSchema,
  providerIdSchema,
  tenantIdSchema,
  toInboundId,
  toMessageId,
} from './ids.ts';

const ulid = '01JD8T0Z5R4YV3W2X1Q0P9N8M7';

describe('ids', () => {
  it.each(['a', 'A1', 'demo-whatsapp-cloud', '0b2a6f0e-4a1e-4c1c-9d0a-3f1f5d0f7a11', 'x'.repeat(64)])(
    'of channels and tenants: %s',
    (id) => {
      expect(channelIdSchema.parse(id)).toBe(id);
      expect(tenantIdSchema.parse(id)).toBe(id);
    },
  );

  // Part of queue names, Redis hash tags and message ids: what would end or nest one of these is refused.
  it.each(['', '-a', 'a_b', 'a:b', 'a.b', 'a{b}', 'a b', 'ä', 'a\n', 'x'.repeat(65)])(
    'of channels, refused: %j',
    (id) => {
      expect(channelIdSchema.safeParse(id).success).toBe(false);
      expect(tenantIdSchema.safeParse(id).success).toBe(false);
    },
  );

  it('carry their channel, whatever it is', () => {
    const channel = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/u);
    const newUlid = monotonicFactory();
    fc.assert(
      fc.property(channel, fc.nat(2_000_000_000_000), (id, atMs) => {
        const channelId = channelIdSchema.parse(id);
        expect(channelIdOf(toMessageId(channelId, newUlid(atMs)))).toBe(id);
        expect(channelIdOf(toInboundId(channelId, newUlid(atMs)))).toBe(id);
      }),
    );
  });

  it('of messages and of inbound messages are not each other’s', () => {
    const channelId = channelIdSchema.parse('demo');
    expect(messageIdSchema.safeParse(toInboundId(channelId, ulid)).success).toBe(false);
    expect(inboundIdSchema.safeParse(toMessageId(channelId, ulid)).success).toBe(false);
  });

  it.each([
    `msg_demo_${ulid.toLowerCase()}`,
    `msg_demo_${ulid}0`,
    `msg_demo_${ulid.slice(1)}`,
    `msg__${ulid}`,
    `msg_de_mo_${ulid}`,
    `demo_${ulid}`,
    `msg_demo_${ulid.replace('0', 'U')}`,
    `msg_demo_${ulid}\n`,
    ` msg_demo_${ulid}`,
  ])('of messages, refused: %j', (id) => {
    expect(messageIdSchema.safeParse(id).success).toBe(false);
  });

  it('are not minted from what is no ulid', () => {
    expect(() => toMessageId(channelIdSchema.parse('demo'), 'short')).toThrow();
  });

  it('of providers’ messages are any text up to 512 characters', () => {
    expect(externalIdSchema.safeParse('x'.repeat(512)).success).toBe(true);
    expect(externalIdSchema.safeParse('x'.repeat(513)).success).toBe(false);
    expect(externalIdSchema.safeParse('').success).toBe(false);
  });

  it('of providers are names for queues', () => {
    for (const id of ['kernel', 'whatsapp-cloud', 'x9']) expect(providerIdSchema.safeParse(id).success).toBe(true);
    for (const id of ['', 'Kernel', '9x', 'a.b', 'a_b', 'x'.repeat(33)]) {
      expect(providerIdSchema.safeParse(id).success).toBe(false);
    }
  });
});
