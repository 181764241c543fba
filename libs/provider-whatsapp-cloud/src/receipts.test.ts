import { describe, expect, it } from '@jest/globals';
import { externalIdSchema } from '@posthorn/message';
import { channelWith } from './fixtures/connected-channel.ts';
import { refusal } from './fixtures/error-rows.ts';

const inbound = { externalId: externalIdSchema.parse('wamid.A'), from: '+15550001111' };
const calls = (() => {
  const { receipts } = channelWith({ baseUrl: 'http://127.0.0.1:4010' });
  if (receipts === undefined || receipts.read === null || receipts.typing === null)
    throw new Error('expected receipts');
  return { read: receipts.read(inbound, null), typing: receipts.typing(inbound, null) };
})();
const bodyOf = ({ request: { body } }: { request: { body?: unknown } }): unknown =>
  typeof body === 'string' ? JSON.parse(body) : body;
const answered = (status: number, body: unknown) =>
  ({ kind: 'answered', status, headers: {}, body, text: '', durationMs: 1 }) as const;

describe('whatsapp-cloud: read receipts and typing', () => {
  it('are calls of the number’s messages, as Meta documents them', () => {
    expect(calls.read.request.url).toBe('http://127.0.0.1:4010/v25.0/106540352242922/messages');
    const read = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.A' };
    expect(bodyOf(calls.read)).toMatchObject(read);
    expect(bodyOf(calls.read)).not.toHaveProperty('typing_indicator');
    expect(bodyOf(calls.typing)).toMatchObject({ ...read, typing_indicator: { type: 'text' } });
  });

  it.each([
    ['a success', answered(200, { success: true }), { kind: 'told' }],
    [
      'no answer: a second receipt does no harm',
      { kind: 'no_answer', reason: 'timeout', durationMs: 1 },
      { kind: 'later' },
    ],
    ['nothing sent', { kind: 'not_sent', reason: 'ECONNREFUSED', durationMs: 1 }, { kind: 'later' }],
    ['a 5xx without a code', answered(502, 'Bad Gateway'), { kind: 'later' }],
    ['a throttle', refusal(130_429, 400), { kind: 'later', afterMs: 1000 }],
    ['a token that ended', refusal(190, 401), { kind: 'unauthorised' }],
    ['a message Meta does not know', refusal(131_009, 400), { kind: 'refused' }],
    ['words that are no answer', answered(200, 'ok'), { kind: 'later' }],
  ] as const)('%s', (_name, reply, expected) => {
    expect(calls.read.read(reply)).toMatchObject(expected);
  });
});
