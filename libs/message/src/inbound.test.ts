import { describe, expect, it } from '@jest/globals';
import { inboundContentSchema, inboundMessageSchema } from './inbound.ts';

const message = {
  id: 'in_demo_01JD8T0Z5R4YV3W2X1Q0P9N8M7',
  channelId: 'demo',
  externalId: 'wamid.A',
  from: '+15550001111',
  sentAt: '2026-11-21T10:00:00.000Z',
  receivedAt: '2026-11-21T10:00:01.000Z',
  content: { type: 'text', text: 'hi' },
};

describe('inbound message', () => {
  it('survives being stored and read', () => {
    const whole = {
      ...message,
      userId: 'US.1',
      profileName: 'Ann',
      context: {
        externalId: 'wamid.B',
        from: '+15551230000',
        forwarded: true,
        frequentlyForwarded: false,
        referredProduct: { id: 1 },
      },
      referral: { source_type: 'ad' },
      groupId: 'G1',
      problems: [{ code: '131051', title: 'Unknown', details: 'Not supported.' }],
      more: { contact: { profile: { username: 'ann.b' } } },
    };
    expect(inboundMessageSchema.parse(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
    expect(inboundMessageSchema.parse(message)).toEqual(message);
  });

  it('keeps a type of tomorrow, and all that came with it', () => {
    const content = { type: 'hologram', data: { shape: ['cube', { size: 1.5 }], on: null } };
    expect(inboundContentSchema.parse(content)).toEqual(content);
  });

  it.each([
    [{ id: 'msg_demo_01JD8T0Z5R4YV3W2X1Q0P9N8M7' }],
    [{ externalId: '' }],
    [{ sentAt: 'yesterday' }],
    [{ content: {} }],
    [{ referral: () => 1 }],
  ])('is refused with %p', (change) => {
    expect(inboundMessageSchema.safeParse({ ...message, ...change }).success).toBe(false);
  });
});
