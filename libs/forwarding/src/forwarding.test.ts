import { describe, expect, it } from '@jest/globals';
import {
  channelIdSchema,
  eventSchemaByType,
  messageIdSchema,
  providerIdSchema,
  recipientSchema,
} from '@posthorn/message';
import type { HttpReply, HttpRequest } from '@posthorn/runtime';
import { createDeliverEvent } from './deliver-event.ts';
import type { ToldEvent } from './render-event.ts';
import { eventIdOf, readEventId, renderEvent } from './render-event.ts';
import { deliveryScheduleMs, nextAttemptMs } from './schedule.ts';
import { createSigningSecret, isSigningSecret, signedHeaders } from './sign.ts';

const channel = {
  id: channelIdSchema.parse('support'),
  provider: providerIdSchema.parse('infobip'),
  name: null,
  labels: { team: 'berlin' },
};
const event: ToldEvent = {
  position: '1764000000000-7',
  type: 'message.failed',
  at: 1_764_000_000_000,
  messageId: messageIdSchema.parse('msg_support_01JD8T0Z5R4YV3W2X1Q0P9N8M7'),
  generation: 1,
  to: recipientSchema.parse('+15550001111'),
  callbackData: 'order-4711',
  externalId: null,
  failure: { code: 'window_closed', problem: null },
  providerAt: 1_763_999_999_000,
  pricing: { price: { pricePerMessage: 0.01, currency: 'EUR' } },
  possibleDuplicate: false,
  outOfOrder: false,
  more: null,
  message: null,
  data: null,
};

describe('signatures', () => {
  it.each([
    [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
    [
      'whsec_cG9zdGhvcm4tc3RhbmRhcmQtd2ViaG9va3Mta2V5LTAx',
      'evt_01J00000000000000000000001',
      1_764_000_000,
      '{"type":"message.delivered","timestamp":"2025-11-24T16:00:00Z","data":{"id":"msg_1"}}',
      'v1,2HCjDeIOjzPeo4b/iHGDBiecZG8BBDq6NLvZAfSzkoc=',
    ],
  ])('are those of Standard Webhooks (%s)', (secret, id, seconds, body, signature) => {
    expect(signedHeaders([secret], { id, seconds, body })['webhook-signature']).toBe(signature);
  });

  it('are two while a secret is rotated', () => {
    const secrets = [createSigningSecret(), createSigningSecret()];
    expect(secrets.map(isSigningSecret)).toEqual([true, true]);
    const both = signedHeaders(secrets, { id: 'evt_1', seconds: 1, body: '{}' })['webhook-signature'].split(' ');
    const each = secrets.map((secret) => signedHeaders([secret], { id: 'evt_1', seconds: 1, body: '{}' }));
    expect(both).toEqual(each.map((headers) => headers['webhook-signature']));
  });

  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])('take no weak secret: "%s"', (text) => {
    expect(isSigningSecret(text)).toBe(false);
  });
});

describe('the schedule', () => {
  it('has ten attempts over about 75 hours, with jitter on top', () => {
    const waits = deliveryScheduleMs.map((_, at) =>
      nextAttemptMs({ failed: at + 1, askedMs: null, random: 0, factor: 1 }),
    );
    expect(waits).toEqual(deliveryScheduleMs);
    expect(waits.reduce((sum: number, ms) => sum + (ms ?? 0), 0) / 3_600_000).toBeCloseTo(75.6, 1);
    expect(nextAttemptMs({ failed: 1, askedMs: null, random: 0.5, factor: 1 })).toBe(5_250);
    expect(nextAttemptMs({ failed: 10, askedMs: null, random: 0, factor: 1 })).toBeNull();
  });

  it('waits longer where the receiver asks for it, never shorter', () => {
    expect(nextAttemptMs({ failed: 1, askedMs: 60_000, random: 0, factor: 1 })).toBe(60_000);
    expect(nextAttemptMs({ failed: 2, askedMs: 1_000, random: 0, factor: 1 })).toBe(300_000);
  });
});

describe('an event', () => {
  it('is told in the one form, which its schema describes', () => {
    const told = renderEvent(event, channel);
    expect(eventSchemaByType[told.type]?.parse(told)).toEqual(told);
    expect(told).toMatchObject({
      id: 'evt_support_1764000000000-7',
      type: 'message.failed',
      timestamp: '2025-11-24T16:00:00.000Z',
      data: {
        order: '1764000000000-000007',
        channel: { id: 'support', labels: { team: 'berlin' } },
        message: { callbackData: 'order-4711', to: '+15550001111', status: 'failed' },
        failure: { code: 'window_closed' },
        pricing: { price: 0.01, currency: 'EUR' },
      },
    });
  });

  it('has an id without a dot, from which it is found', () => {
    const id = eventIdOf(channel.id, event.position);
    expect(id).not.toContain('.');
    expect(readEventId(id)).toEqual({ channelId: 'support', position: event.position });
    expect(readEventId('evt_1')).toBeNull();
  });
});

describe('what an answer means', () => {
  const answered = (status: number, headers: Readonly<Record<string, string>> = {}): HttpReply => ({
    kind: 'answered',
    status,
    headers,
    body: null,
    text: 'said',
    durationMs: 1,
  });
  const judge = async (reply: HttpReply, failed = 0) => {
    const sent: HttpRequest[] = [];
    const deliver = createDeliverEvent({
      http: async (request) => {
        sent.push(request);
        return await Promise.resolve(reply);
      },
      clock: { now: () => 1_764_000_000_500 },
      random: () => 0,
      delayFactor: 1,
    });
    const envelope = renderEvent(event, channel);
    const secrets = [createSigningSecret()];
    const result = await deliver(
      { url: 'https://example.com/', secrets, envelope, failed, traceparent: null },
      new AbortController().signal,
    );
    expect(sent[0]?.headers?.['webhook-timestamp']).toBe('1764000000');
    return result.verdict;
  };

  it.each([
    [200, {}, { kind: 'delivered' }],
    [204, {}, { kind: 'delivered' }],
    [301, { location: 'https://example.com/other' }, { kind: 'later', afterMs: 5_000, calmMs: 0 }],
    [400, {}, { kind: 'later', afterMs: 5_000, calmMs: 0 }],
    [410, {}, { kind: 'dead', code: 'receiver_gone' }],
    [429, { 'retry-after': '120' }, { kind: 'later', afterMs: 120_000, calmMs: 120_000 }],
    [503, { 'retry-after': '2' }, { kind: 'later', afterMs: 5_000, calmMs: 2_000 }],
    [500, { 'retry-after': '120' }, { kind: 'later', afterMs: 5_000, calmMs: 0 }],
  ])('%i', async (status, headers, verdict) => {
    expect(await judge(answered(status, headers))).toEqual(verdict);
  });

  it('no answer is a failure, and the tenth failure is the last', async () => {
    const none: HttpReply = { kind: 'no_answer', reason: 'timeout', durationMs: 1 };
    expect(await judge(none)).toEqual({ kind: 'later', afterMs: 5_000, calmMs: 0 });
    expect(await judge(none, 9)).toEqual({ kind: 'dead', code: 'attempts_exhausted' });
  });
});
