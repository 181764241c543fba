import { describe, expect, it } from '@jest/globals';
import { createHistory } from './history.ts';

const entry = (to: string) => ({
  atMs: 0,
  provider: 'whatsapp-cloud',
  operation: 'send',
  account: '1',
  to,
  type: 'text',
  callbackData: null,
  request: { method: 'POST', url: '/?appsecret_proof=abc', headers: { authorization: 'Bearer secret' }, body: null },
  answer: { status: 200, code: null, messageId: to },
  faultId: null,
});

describe('the history', () => {
  it('keeps the newest details only, and pages through them', () => {
    const history = createHistory(3);
    for (const to of ['a', 'b', 'c', 'd']) history.add(entry(to));
    const first = history.list({ limit: 2 });
    expect(first).toMatchObject({
      entries: [
        { seq: 2, to: 'b' },
        { seq: 3, to: 'c' },
      ],
      next: 3,
      seen: 4,
    });
    expect(history.list({ after: 3 })).toMatchObject({ entries: [{ seq: 4, to: 'd' }], next: null });
    expect(history.list({ messageId: 'c' }).entries).toHaveLength(1);
  });

  it('shows no credential', () => {
    const history = createHistory(1);
    history.add(entry('a'));
    expect(history.list().entries[0]?.request).toMatchObject({
      url: '/?appsecret_proof=redacted',
      headers: { authorization: 'Bearer redacted' },
    });
  });

  it('counts without keeping details', () => {
    const history = createHistory(0);
    history.add(entry('a'));
    for (let at = 0; at < 100_000; at++) history.count(`m${at}`, 'a', true);
    history.count('m7', 'a', false);
    expect(history.list()).toEqual({ entries: [], next: null, seen: 1 });
    expect(history.counts('callbackData', 2)).toEqual({ m7: { calls: 2, taken: 1 } });
    expect(history.countOf('recipient', 'a')).toEqual({ calls: 100_001, taken: 100_000 });
    expect(history.countOf('recipient', 'b')).toEqual({ calls: 0, taken: 0 });
  });
});
