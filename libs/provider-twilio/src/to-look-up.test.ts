import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, recipientSchema, toMessageId, type Content } from '@posthorn/message';
import type { HttpReply } from '@posthorn/runtime';
import { channelWith } from './fixtures/connected-channel.ts';

const id = toMessageId(channelIdSchema.parse('ch-1'), '01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const calledAtMs = Date.UTC(2026, 10, 24, 16, 0, 0);

function lookUp(content: Content) {
  const message = { id, to: recipientSchema.parse('+15550001111'), content, replyTo: null, reactionTo: null };
  return channelWith({}).lookUp?.({ message, calledAtMs }, null) ?? null;
}

const shown = (more: Readonly<Record<string, unknown>> = {}, atMs = calledAtMs + 1_000) => ({
  sid: 'SM00000000000000000000000000000001',
  direction: 'outbound-api',
  to: 'whatsapp:+15550001111',
  from: 'whatsapp:+15552223333',
  body: 'Hello',
  num_media: '0',
  date_created: new Date(atMs).toUTCString().replace('GMT', '+0000'),
  ...more,
});
const answered = (messages: readonly unknown[], status = 200): HttpReply => ({
  kind: 'answered',
  status,
  headers: {},
  body: { messages },
  text: '',
  durationMs: 1,
});
const read = (...messages: unknown[]) => lookUp({ type: 'text', body: 'Hello' })?.read(answered(messages));

describe('twilio: the search for a lost message', () => {
  it('asks for what its sender sent to its recipient', () => {
    const { request } = lookUp({ type: 'text', body: 'Hello' }) ?? {};
    expect(request?.method).toBe('GET');
    expect(Object.fromEntries(new URL(request?.url ?? '').searchParams)).toEqual({
      To: 'whatsapp:+15550001111',
      From: 'whatsapp:+15552223333',
      PageSize: '100',
    });
  });

  it('finds it by sender, recipient, content and time', () => {
    expect(read(shown())).toEqual({ kind: 'hits', externalIds: [shown().sid], certain: false });
  });

  it.each([
    ['other words', shown({ body: 'Hallo' })],
    ['another recipient', shown({ to: 'whatsapp:+15550009999' })],
    ['another sender', shown({ from: 'whatsapp:+15550009999' })],
    ['a file', shown({ num_media: '1' })],
    ['one received', shown({ direction: 'inbound' })],
    ['one sent before', shown({}, calledAtMs - 61_000)],
    ['one sent long after', shown({}, calledAtMs + 181_000)],
  ])('does not take %s for it', (_name, message) => {
    expect(read(message)).toMatchObject({ externalIds: [] });
  });

  it('tells nothing when a page does not reach back far enough, or where there is no answer', () => {
    expect(read(...Array.from({ length: 100 }, () => shown()))).toMatchObject({ kind: 'nothing' });
    expect(lookUp({ type: 'text', body: 'Hello' })?.read(answered([], 503))).toMatchObject({ kind: 'nothing' });
    const lost: HttpReply = { kind: 'no_answer', reason: 'timeout', durationMs: 1 };
    expect(lookUp({ type: 'text', body: 'Hello' })?.read(lost)).toMatchObject({ kind: 'nothing' });
  });

  it('does not look for a template, which is shown as its text', () => {
    const sid = 'HX00000000000000000000000000000001';
    expect(lookUp({ type: 'template', name: sid, language: 'en', components: [] })).toBeNull();
  });
});
