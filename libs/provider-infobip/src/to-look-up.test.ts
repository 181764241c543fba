import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, recipientSchema, toMessageId } from '@posthorn/message';
import { answered } from './fixtures/answers.ts';
import { toLookUp } from './to-look-up.ts';

const id = toMessageId(channelIdSchema.parse('ch-1'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const message = {
  id,
  to: recipientSchema.parse('+15550001111'),
  content: { type: 'text', body: 'Hello' },
  replyTo: null,
  reactionTo: null,
} as const;
const { request, read } = toLookUp({ message, calledAtMs: 0 }, 'https://x.api.infobip.com', 'App key');

describe('infobip: the look-up of a lost message', () => {
  it('asks for our own id, the one that it went out under', () => {
    expect(request.url).toBe(`https://x.api.infobip.com/omni/1/logs?messageId=${id}`);
    const later = toLookUp({ message: { ...message, spentIds: 1 }, calledAtMs: 0 }, '', '');
    expect(later.request.url).toContain(`${id}.2`);
  });

  it('is certain where Infobip knows it, and tells nothing else', () => {
    expect(read(answered(200, { results: [{ messageId: id }] }))).toEqual({
      kind: 'hits',
      externalIds: [id],
      certain: true,
    });
    expect(read(answered(200, { results: [{ messageId: 'another' }] }))).toMatchObject({ externalIds: [] });
    expect(read(answered(429, {}))).toMatchObject({ kind: 'nothing' });
    expect(read({ kind: 'no_answer', reason: 'timeout', durationMs: 1 })).toMatchObject({ kind: 'nothing' });
  });
});
