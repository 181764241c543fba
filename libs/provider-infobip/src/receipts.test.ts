import { describe, expect, it } from '@jest/globals';
import { externalIdSchema } from '@posthorn/message';
import { toReceipts } from './receipts.ts';

const receipts = toReceipts({
  baseUrl: 'https://acme.api.infobip.com',
  sender: '441134960000',
  authorization: (token) => `Bearer ${token ?? ''}`,
});
const inbound = { externalId: externalIdSchema.parse('ABE/gg=='), from: '+15550001111' };

describe('infobip: read receipts and typing', () => {
  it('mark a message as read, as documented', () => {
    expect(receipts.read?.(inbound, 'tok').request).toMatchObject({
      method: 'POST',
      url: 'https://acme.api.infobip.com/whatsapp/1/senders/441134960000/message/ABE%2Fgg%3D%3D/read',
      headers: { authorization: 'Bearer tok' },
    });
  });

  it('show typing to exactly one person', () => {
    const { body } = receipts.typing?.(inbound, 'tok').request ?? {};
    expect(typeof body === 'string' ? JSON.parse(body) : body).toEqual({
      events: [
        { sender: '441134960000', destinations: [{ to: '15550001111' }], content: { type: 'TYPING_INDICATOR' } },
      ],
    });
  });

  it.each([
    [204, {}, { kind: 'told' }],
    [400, {}, { kind: 'refused' }],
    [401, {}, { kind: 'unauthorised' }],
    [429, { 'retry-after': '3' }, { kind: 'later', afterMs: 3_000 }],
    [503, {}, { kind: 'later', afterMs: 0 }],
  ])('%i', (status, headers, expected) => {
    const reply = { kind: 'answered', status, headers, body: '', text: '', durationMs: 1 } as const;
    expect(receipts.read?.(inbound, null).read(reply)).toMatchObject(expected);
  });
});
