import { describe, expect, it } from '@jest/globals';
import type { ShownMessage } from './api-client.ts';
import { whyOf } from './why-of.ts';

const message: ShownMessage = {
  id: 'msg_support_01JD8T0Z5R4YV3W2X1Q0P9N8M7',
  channelId: 'support',
  status: 'accepted',
  statusAt: '2026-11-21T10:00:00.000Z',
  generation: 1,
  priority: 'normal',
  attempts: 0,
  acceptedAt: '2026-11-21T10:00:00.000Z',
  expiresAt: '2026-11-22T10:00:00.000Z',
  failure: null,
  possibleDuplicate: false,
  provider: { name: 'whatsapp-cloud', id: null },
  waitsFor: null,
  timeline: [],
};
const until = '2026-11-21T11:00:00.000Z';

function paused(reason: string) {
  return { kind: 'channel_paused', since: until, pauses: [{ reason, by: 'cli:ann', since: until, why: 'incident 7' }] };
}

describe('why a message waits', () => {
  it.each([
    [{ kind: 'its_time', until }, 'not to be sent before 2026-11-21T11:00'],
    [{ kind: 'predecessor', messageId: 'msg_before' }, 'posthorn why msg_before'],
    [
      { kind: 'retry', until, code: 'unreachable' },
      '(unreachable) at 2026-11-21T10:00:00.000Z, and it is tried again at 2026-11-21T11:00',
    ],
    [{ kind: 'evidence', since: until }, 'held since 2026-11-21T11:00'],
    [{ kind: 'answer', since: until }, 'the answer has not come yet'],
    [{ kind: 'channel_throttled', until }, 'asked support, or its account, to slow down'],
    [{ kind: 'pace', until, since: until }, 'for its turn since 2026-11-21T11:00'],
    [{ kind: 'token', until, since: until }, 'gives support no access token since 2026-11-21T11:00'],
    [
      paused('operator'),
      'operator (cli:ann, since 2026-11-21T11:00:00.000Z, "incident 7"): "posthorn resume --channel support"',
    ],
    [paused('provider'), 'posthorn resume --provider whatsapp-cloud'],
    [paused('credentials'), '--put-right'],
    [paused('storm'), '"posthorn resume --channel support" ends it'],
    [{ kind: 'no_worker', since: until }, 'no running worker for support since 2026-11-21T11:00'],
    [{ kind: 'worker' }, 'worker-whatsapp-cloud'],
    [{ kind: 'something_new' }, 'It waits (something_new)'],
  ])('%j', (waitsFor, words) => {
    const sentence = whyOf({ ...message, waitsFor });
    expect(sentence).toContain(words);
    expect(sentence).toMatch(/^(?:Its?|The provider|There|whatsapp-cloud) .*\.$/u);
  });

  it('says how it ended', () => {
    expect(whyOf({ ...message, status: 'read' })).toContain('It waits for nothing: it is read since');
    expect(whyOf({ ...message, status: 'submitted' })).toContain('whatsapp-cloud tells what comes next');
    const failure = { code: 'throttled', says: 'Too fast.', problem: { code: '130429' } };
    expect(whyOf({ ...message, status: 'failed', failure })).toContain('throttled (whatsapp-cloud: 130429). Too fast.');
    expect(whyOf({ ...message, status: 'read', possibleDuplicate: true })).toContain('may have come twice');
  });
});
