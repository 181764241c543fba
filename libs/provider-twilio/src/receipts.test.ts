import { describe, expect, it } from '@jest/globals';
import { externalIdSchema } from '@posthorn/message';
import { toReceipts } from './receipts.ts';

describe('twilio: typing', () => {
  it('is shown as documented; read receipts alone there are none', () => {
    const receipts = toReceipts({ messagingUrl: 'https://messaging.twilio.com', authorization: 'Basic x' });
    const inbound = { externalId: externalIdSchema.parse('SM1'), from: '+15550001111' };
    expect(receipts.read).toBeNull();
    expect(receipts.typing?.(inbound, null).request).toMatchObject({
      method: 'POST',
      url: 'https://messaging.twilio.com/v2/Indicators/Typing.json',
      body: 'messageId=SM1&channel=whatsapp',
    });
  });
});
