import { describe, expect, it } from '@jest/globals';
import { failed } from '@posthorn/outcome';
import type { Json } from './json.ts';
import { parseEntry } from './parse-entry.ts';
import { toInboundContent } from './to-inbound-content.ts';
import type { WebhookReading } from './webhook-reading.ts';

const nowMs = Date.parse('2026-11-01T00:00:00Z');
const reading: WebhookReading = {
  needsAddress: true,
  nowMs,
  contentOf: toInboundContent,
  failureOf: () => failed('rejected'),
  ignored: [],
};
const message = { id: 'wamid.1', from: '15550001111', timestamp: '1764000000', type: 'text', text: { body: 'Hi' } };
const change = (value: Json): Json => ({ field: 'messages', value });
const named = { metadata: { phone_number_id: '106' }, messages: [message] };

describe('an entry in Meta’s format', () => {
  it('is for the number that it names, else for the account', () => {
    expect(parseEntry({ id: '7', changes: [change(named)] }, reading)).toMatchObject([
      { kind: 'message', address: '106', message: { from: '+15550001111', content: { type: 'text', text: 'Hi' } } },
    ]);
    expect(parseEntry({ id: '7', changes: [change({ messages: [message] })] }, reading)).toMatchObject([
      { kind: 'message', address: '7' },
    ]);
  });

  it('is kept as unrecognised where it names neither, and an address is needed', () => {
    const entry = { changes: [change({ messages: [message] }), { field: 'account_update', value: {} }] };
    expect(parseEntry(entry, reading)).toEqual([
      { kind: 'unrecognised', address: null, why: expect.stringContaining('number or account'), data: message },
      {
        kind: 'unrecognised',
        address: null,
        why: expect.stringContaining('number or account'),
        data: entry.changes[1],
      },
    ]);
  });

  it('is for the channel that was called where no address is needed, whatever it names', () => {
    const entry = { id: '7', changes: [change(named), { field: 'account_update', value: {} }] };
    expect(parseEntry(entry, { ...reading, needsAddress: false })).toMatchObject([
      { kind: 'message', address: null },
      { kind: 'news', address: null, topic: 'account_update' },
    ]);
  });

  it('leaves nothing out: what a provider does not ignore is told', () => {
    const entry = { id: '7', changes: [change({ ...named, meta: { version: 'v1' } })] };
    expect(parseEntry(entry, { ...reading, ignored: ['meta'] }).map(({ kind }) => kind)).toEqual(['message']);
    expect(parseEntry(entry, reading)).toMatchObject([
      { kind: 'message' },
      { kind: 'unrecognised', address: '106', data: { meta: { version: 'v1' } } },
    ]);
  });
});
