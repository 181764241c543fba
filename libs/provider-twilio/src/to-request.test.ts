import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, recipientSchema, toMessageId, type Content } from '@posthorn/message';
import { accountSid, channelWith } from './fixtures/connected-channel.ts';
import { samples } from './fixtures/samples.ts';
import { sessionContentDefinitions, sessionContentNames } from './session-contents.ts';

const id = toMessageId(channelIdSchema.parse('ch-1'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const statusCallback = `https://hooks.example.test/webhooks/twilio/ch-1?m=${id}#rc=3&rp=all&ct=2000&rt=4000`;

function requestOf(content: Content, more: Readonly<Record<string, unknown>> = {}, to = '+15550001111') {
  const message = { id, to: recipientSchema.parse(to), content, replyTo: null, reactionTo: null };
  const request = channelWith(more).toRequest(message, null);
  return {
    ...request,
    fields: Object.fromEntries(new URLSearchParams(typeof request.body === 'string' ? request.body : '')),
  };
}
const hello: Content = { type: 'text', body: 'Hello' };

describe('twilio: requests', () => {
  it.each(samples)('$name', ({ content, fields }) => {
    expect(requestOf(content).fields).toEqual({
      To: 'whatsapp:+15550001111',
      From: 'whatsapp:+15552223333',
      StatusCallback: statusCallback,
      ...fields,
    });
  });

  it('are a form to the account’s messages, with the account and its auth token', () => {
    expect(requestOf(hello)).toMatchObject({
      operation: 'twilio.messages.send',
      method: 'POST',
      url: `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages.json`,
      headers: {
        authorization: `Basic ${Buffer.from(`${accountSid}:posthorn-test-auth-token`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
  });

  it('go out with the current token while another one is rotated out', () => {
    const { headers } = requestOf(hello, { authToken: undefined, authTokens: ['now', 'before'] });
    expect(headers?.['authorization']).toBe(`Basic ${Buffer.from(`${accountSid}:now`).toString('base64')}`);
  });

  it('go to a user id where there is no number', () => {
    expect(requestOf(hello, {}, 'US.13491208655302741918').fields['To']).toBe('whatsapp:US.13491208655302741918');
  });

  it('name the messaging service beside the sender', () => {
    const messagingServiceSid = 'MG00000000000000000000000000000001';
    expect(requestOf(hello, { messagingServiceSid }).fields).toMatchObject({
      MessagingServiceSid: messagingServiceSid,
      From: 'whatsapp:+15552223333',
    });
  });

  it('ask for callbacks below the public address, as often as the channel wants', () => {
    const { fields } = requestOf(hello, { publicUrl: 'https://in.example.test/chat/', callbackOverrides: '' });
    expect(fields['StatusCallback']).toBe(`https://in.example.test/chat/webhooks/twilio/ch-1?m=${id}`);
  });

  it('go to another edge or region where the channel says so', () => {
    const { url } = requestOf(hello, { baseUrl: 'https://api.dublin.ie1.twilio.com/' });
    expect(url.startsWith('https://api.dublin.ie1.twilio.com/2010-04-01/')).toBe(true);
  });
});

describe('twilio: the contents for buttons, lists and links', () => {
  it('have one definition for each name, with a variable for each of their words', () => {
    const definitions = sessionContentDefinitions();
    expect(Object.keys(definitions)).toEqual([...sessionContentNames]);
    expect(definitions['buttons-2']).toEqual({
      friendly_name: 'posthorn_buttons_2',
      language: 'en',
      variables: { 1: 'Text 1', 2: 'Text 2', 3: 'Text 3', 4: 'Text 4', 5: 'Text 5' },
      types: {
        'twilio/quick-reply': {
          body: '{{1}}',
          actions: [
            { title: '{{2}}', id: '{{3}}' },
            { title: '{{4}}', id: '{{5}}' },
          ],
        },
      },
    });
    expect(definitions['described-list-1']).toMatchObject({
      types: {
        'twilio/list-picker': {
          body: '{{1}}',
          button: '{{2}}',
          items: [{ item: '{{3}}', id: '{{4}}', description: '{{5}}' }],
        },
      },
    });
    expect(definitions['cta-url']).toMatchObject({
      types: { 'twilio/call-to-action': { body: '{{1}}', actions: [{ type: 'URL', title: '{{2}}', url: '{{3}}' }] } },
    });
  });
});
