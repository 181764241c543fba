import { describe, expect, it } from '@jest/globals';
import { asciiJson, signatureOf } from './webhook-body.ts';

describe('whatsapp-cloud: the body of a webhook', () => {
  it('is signed as the vector of the notes says', () => {
    expect(signatureOf('{"object":"whatsapp_business_account","entry":[]}', 'posthorn-test-app-secret')).toBe(
      'sha256=d90afd1bccb7d7fa586fe6df7be7369de4ee2408c2ea168544147fbcdb18af50',
    );
  });

  it('has everything beyond ASCII escaped, in lower-case hex', () => {
    const text = asciiJson({ body: 'Zoë 👍' });
    expect(text).toBe(String.raw`{"body":"Zo\u00eb \ud83d\udc4d"}`);
    expect(JSON.parse(text)).toEqual({ body: 'Zoë 👍' });
  });
});
