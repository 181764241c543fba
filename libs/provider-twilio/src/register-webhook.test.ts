import { expect, it } from '@jest/globals';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import { twilio } from './twilio.ts';

const sid = (prefix: string, digit: number) => `${prefix}${String(digit).padStart(32, '0')}`;
const ok = (body: unknown, status = 200): HttpReply => {
  return { kind: 'answered', status, headers: {}, body, text: '', durationMs: 1 };
};

/** Holds the talk with a Twilio that answers so. */
function connect(answer: (request: HttpRequest) => HttpReply, more: Readonly<Record<string, unknown>> = {}) {
  const channel = twilio.connect({
    accountSid: sid('AC', 1),
    authToken: 'token',
    from: '+15552223333',
    publicUrl: 'https://hooks.example.com',
    ...more,
  });
  if (channel.kind !== 'connected') throw new Error('expected settings that connect');
  const asked: HttpRequest[] = [];
  const talk = channel.registerWebhook?.({ url: 'https://hooks.example.com/webhooks/twilio/a', channelId: 'a' }, null);
  let turn = talk?.next();
  while (turn?.done === false) {
    asked.push(turn.value);
    turn = talk?.next(answer(turn.value));
  }
  return { asked, result: turn?.value };
}

it('finds the sender by its number, sets its addresses with repeats, and makes only contents that are not there', () => {
  const { asked, result } = connect(({ method, url }) => {
    if (url.includes('/Senders?')) {
      return ok({
        senders: [
          { sid: sid('XE', 1), sender_id: 'whatsapp:+15550000000' },
          { sid: sid('XE', 2), sender_id: 'whatsapp:+15552223333' },
        ],
      });
    }
    if (url.includes('/Senders/')) return ok({}, 202);
    if (method === 'GET') return ok({ contents: [{ sid: sid('HX', 7), friendly_name: 'posthorn_cta_url' }] });
    return ok({ sid: sid('HX', 8) }, 201);
  });
  const set = asked.find(({ url, method }) => method === 'POST' && url.includes('/Senders/'));
  expect(set?.url).toBe(`https://messaging.twilio.com/v2/Channels/Senders/${sid('XE', 2)}`);
  expect(set?.body).toEqual(expect.stringContaining('webhooks/twilio/a#rc=3&rp=all&ct=2000&rt=4000'));
  expect(result).toMatchObject({
    kind: 'registered',
    facts: { contentsMade: '23' },
    settings: { contents: { 'cta-url': sid('HX', 7), 'buttons-1': sid('HX', 8) } },
  });
});

it('takes credentials to no other host, whatever a list names as its next page', () => {
  const { asked } = connect(() =>
    ok({ senders: [], contents: [], meta: { next_page_url: 'https://evil.example.test/v2/Channels/Senders' } }),
  );
  expect(asked.map(({ url }) => new URL(url).host)).toEqual(['messaging.twilio.com']);
});

it('sets the service where the channel sends through one; the shared sandbox is a person’s to set', () => {
  const { asked } = connect(() => ok({ contents: [], sid: sid('HX', 8) }), { messagingServiceSid: sid('MG', 1) });
  expect(asked[0]?.url).toBe(`https://messaging.twilio.com/v1/Services/${sid('MG', 1)}`);
  expect(connect(() => ok({}), { environment: 'sandbox' })).toMatchObject({ asked: [], result: { kind: 'manual' } });
});
