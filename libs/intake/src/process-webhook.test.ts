import { describe, expect, it } from '@jest/globals';
import { channelIdSchema, externalIdSchema, messageIdSchema } from '@posthorn/message';
import type { FailureCode } from '@posthorn/outcome';
import { failed } from '@posthorn/outcome';
import type { StatusUpdate, WebhookUpdate } from '@posthorn/provider';
import type { IntakeChannel, IntakeDeps } from './process-webhook.ts';
import { createWebhookProcessor } from './process-webhook.ts';

const messageId = messageIdSchema.parse('msg_here_01JD8T0Z5R4YV3W2X1Q0P9N8M7');
const call = { url: 'http://127.0.0.1/', body: new Uint8Array(), headers: {}, query: {} };

function channel(id: string, address: string, verifies: boolean): IntakeChannel<string> {
  return {
    id: channelIdSchema.parse(id),
    ref: id,
    connected: {
      addresses: [address],
      account: 'waba',
      pace: { channelPerSecond: null, conversation: null },
      tokens: null,
      toRequest: () => ({ operation: 'x', method: 'POST', url: 'http://127.0.0.1/' }),
      handshake: () => null,
      verifies: () => verifies,
    },
  };
}

const here = channel('here', '100', true);
const status = (address: string, more: Partial<StatusUpdate> = {}): StatusUpdate => ({
  kind: 'status',
  address,
  externalId: externalIdSchema.parse('wamid.1'),
  messageId: null,
  status: 'delivered',
  atMs: 0,
  ...more,
});
const received = (address: string): WebhookUpdate => ({
  kind: 'message',
  address,
  message: {
    externalId: externalIdSchema.parse('wamid.in'),
    from: '+15550001111',
    sentAt: '2026-01-01T00:00:00.000Z',
    content: { type: 'text', text: 'hi' },
  },
});

async function run(updates: readonly WebhookUpdate[], more: Partial<IntakeDeps<string>> = {}, called = here) {
  const did: string[] = [];
  const letters: { generation: number; code: FailureCode }[] = [];
  const deps: IntakeDeps<string> = {
    parse: () => updates,
    byAddress: () => [],
    status: async (ref) => {
      did.push(`status ${ref}`);
      return await Promise.resolve({ kind: 'applied', messageId, generation: 1, now: 'delivered' });
    },
    receive: async (ref) => {
      did.push(`receive ${ref}`);
      return await Promise.resolve({ kind: 'received' });
    },
    note: async (ref, type) => await Promise.resolve(void did.push(`${type} ${ref}`)),
    prefer: async (ref, { recipient, marketing }) =>
      await Promise.resolve(void did.push(`${recipient} ${marketing} ${ref}`)),
    deadLetter: async (_ref, { generation, code }) => await Promise.resolve(void letters.push({ generation, code })),
    newUlid: () => '01JD8T0Z5R4YV3W2X1Q0P9N8M7',
    ...more,
  };
  const report = await createWebhookProcessor(deps)({ channel: called, call, receivedAtMs: 0 });
  return { report, did, letters };
}

describe('a webhook', () => {
  it('applies each entry to the channel it names', async () => {
    const { did, report } = await run([
      status('100'),
      received('100'),
      { kind: 'news', address: '100', topic: 'quality', data: {} },
    ]);
    expect(did.toSorted()).toEqual(['channel.news here', 'receive here', 'status here']);
    expect(report).toEqual({ messages: 1, statuses: 1, news: 1, unmatched: 0, unrecognised: 0, repeats: 0 });
  });

  it('goes to another channel of ours if that one’s own secret verifies the call', async () => {
    const { did } = await run([status('200')], {
      byAddress: () => [channel('foreign', '200', false), channel('there', '200', true)],
    });
    expect(did).toEqual(['status there']);
  });

  it('tells news of an account to each of its channels, once, and to none whose secret did not verify the call', async () => {
    const news: WebhookUpdate = { kind: 'news', address: 'waba', topic: 'message_template_status_update', data: {} };
    const called = {
      ...here,
      connected: { ...here.connected, addresses: ['100', 'waba'] },
    };
    const { did, report } = await run(
      [news],
      { byAddress: () => [called, channel('there', 'waba', true), channel('foreign', 'waba', false)] },
      called,
    );
    expect(did.toSorted()).toEqual(['channel.news here', 'channel.news there']);
    expect(report.news).toBe(1);
  });

  it('never applies an entry to a channel whose secret did not verify it: it is kept as unrecognised', async () => {
    const { did, report } = await run([status('200'), received('200')], {
      byAddress: () => [channel('foreign', '200', false)],
    });
    expect(did).toEqual(['webhook.unrecognised here', 'webhook.unrecognised here']);
    expect(report.unrecognised).toBe(2);
  });

  it('keeps what a recipient wants of marketing, besides telling it as news', async () => {
    const preferences = [{ recipient: '+15550001111', marketing: 'out', atMs: null }] as const;
    const { did } = await run([{ kind: 'news', address: '100', topic: 'user_preferences', data: {}, preferences }]);
    expect(did).toEqual(['channel.news here', '+15550001111 out here']);
  });

  it('keeps what is not understood', async () => {
    const { did } = await run([
      { kind: 'unrecognised', address: null, why: 'expected an object, came a list', data: [] },
    ]);
    expect(did).toEqual(['webhook.unrecognised here']);
  });

  it('fails as a whole when the ledger does, so that its job comes back', async () => {
    const broken = async () => await Promise.reject(new Error('Redis is away'));
    await expect(run([status('100')], { status: broken })).rejects.toThrow('Redis is away');
  });
});

describe('a late failure', () => {
  const late = status('100', { status: 'failed', failure: failed('recipient_unreachable') });

  it('becomes a dead letter', async () => {
    const { letters } = await run([late], {
      status: async () => await Promise.resolve({ kind: 'applied', messageId, generation: 1, now: 'failed' }),
    });
    expect(letters).toEqual([{ generation: 1, code: 'recipient_unreachable' }]);
  });

  it('becomes one also when the worker died between status and letter: a repeat adds it again', async () => {
    const { letters } = await run([late], {
      status: async () => await Promise.resolve({ kind: 'repeat', messageId, generation: 1, now: 'failed' }),
    });
    expect(letters).toHaveLength(1);
  });

  it('of a message that was delivered is none', async () => {
    const { letters } = await run([late], {
      status: async () => await Promise.resolve({ kind: 'repeat', messageId, generation: 1, now: 'delivered' }),
    });
    expect(letters).toEqual([]);
  });
});
