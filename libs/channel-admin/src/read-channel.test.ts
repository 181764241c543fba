import { describe, expect, it } from '@jest/globals';
import { providerIdSchema } from '@posthorn/message';
import type { OldChannel, Provider } from '@posthorn/provider';
import { readChannel } from './read-channel.ts';

const provider = (readOldChannel?: (document: unknown) => OldChannel | null): Provider => ({
  id: providerIdSchema.parse('old-one'),
  title: 'Old one',
  capabilities: { content: new Set(), replyTo: false, idempotent: false, statuses: new Set() },
  check: () => [],
  connect: () => ({ kind: 'invalid', faults: [] }),
  questions: [],
  ownSecrets: () => ({}),
  webhookAliases: [],
  ...(readOldChannel !== undefined && { readOldChannel }),
  toOutcome: () => ({ kind: 'failed', code: 'rejected' }),
  parse: () => [],
});

describe('a channel as a person writes it', () => {
  it('is read in our form, with defaults', () => {
    const document = { id: 'support', provider: 'old-one', settings: { a: 1 } };
    expect(readChannel([provider(), provider(() => null)], document)).toMatchObject({
      kind: 'read',
      oldFormOf: null,
      input: { id: 'support', tenantId: 'default', provider: 'old-one', settings: { a: 1 } },
    });
  });

  it('is read in the form of the system that a provider knows', () => {
    const old = provider(() => ({ kind: 'read', id: 'a-1', settings: { b: 2 } }));
    expect(readChannel([provider(), old], { their: 'form' })).toMatchObject({
      kind: 'read',
      oldFormOf: old,
      input: { id: 'a-1', provider: 'old-one', settings: { b: 2 } },
    });
  });

  it('is refused with its faults, and with pointers into the form it has', () => {
    const old = provider(() => ({ kind: 'invalid', faults: [{ pointer: '/their/field', detail: 'expected a text' }] }));
    expect(readChannel([old], {})).toMatchObject({ kind: 'invalid', faults: [{ pointer: '/their/field' }] });
    const read = readChannel([provider()], { id: 'no spaces', provider: 'old-one', settings: {}, extra: 1 });
    expect(read.kind === 'invalid' ? read.faults.map(({ pointer }) => pointer).toSorted() : []).toEqual(['', '/id']);
  });
});
