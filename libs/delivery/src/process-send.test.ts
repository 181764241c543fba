import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExternalId } from '@posthorn/message';
import { externalIdSchema, messageIdSchema, recipientSchema } from '@posthorn/message';
import type { Disposition, SendOutcome } from '@posthorn/outcome';
import { defaultRetryPolicy, failed } from '@posthorn/outcome';
import type { OutgoingMessage } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import type { SendContent, SendDeps, SendTask } from './process-send.ts';
import { createSendProcessor } from './process-send.ts';

const task: SendTask = { messageId: messageIdSchema.parse('msg_a_01JD8T0Z5R4YV3W2X1Q0P9N8M7'), generation: 1 };
const sealed: SendContent = { to: recipientSchema.parse('+15550001111'), content: { type: 'text', body: 'hello' } };
const go = { kind: 'go', token: 't1', attempt: 1, waits: 0, sealed } as const;
const answered: HttpReply = { kind: 'answered', status: 200, headers: {}, body: {}, text: '{}', durationMs: 7 };

let calls: string[];
let sent: OutgoingMessage[];
let recorded: Disposition<ExternalId>[];

beforeEach(() => {
  calls = [];
  sent = [];
  recorded = [];
});

function processor(outcome: SendOutcome<ExternalId>, more: Partial<SendDeps<SendTask>> = {}) {
  return createSendProcessor<SendTask>({
    claim: async () => {
      calls.push('claim');
      return await Promise.resolve(go);
    },
    record: async (_task, token, disposition) => {
      calls.push(`record ${token}`);
      recorded.push(disposition);
      await Promise.resolve();
    },
    externalIdOf: async () => await Promise.resolve(null),
    channel: () => ({
      addresses: [],
      account: 'a',
      pace: { channelPerSecond: null, conversation: null },
      tokens: null,
      toRequest: (message) => {
        sent.push(message);
        return { operation: 'send', method: 'POST', url: 'http://127.0.0.1/' };
      },
      handshake: () => null,
      verifies: () => false,
    }),
    toOutcome: () => outcome,
    pauseChannel: async (_task, code) => {
      calls.push(`pause ${code}`);
      await Promise.resolve();
    },
    http: async () => {
      calls.push('call');
      return await Promise.resolve(answered);
    },
    clock: { now: () => 0 },
    random: () => 0,
    policy: defaultRetryPolicy,
    report: (_task, { disposition }) => void calls.push(`report ${disposition}`),
    ...more,
  });
}

const accepted: SendOutcome<ExternalId> = { kind: 'accepted', externalId: externalIdSchema.parse('wamid.1') };

describe('one activation', () => {
  it('claims right before the call and records right after it', async () => {
    expect(await processor(accepted)(task)).toEqual({ kind: 'done' });
    expect(calls).toEqual(['claim', 'call', 'record t1', 'report done']);
  });

  it('makes no call for what is settled, held, waiting or dead', async () => {
    const claims = [
      { kind: 'settled' },
      { kind: 'held' },
      { kind: 'wait', waitMs: 40 },
      { kind: 'dead', code: 'rejected' },
    ] as const;
    const ends = [];
    for (const claim of claims)
      ends.push(await processor(accepted, { claim: async () => await Promise.resolve(claim) })(task));
    expect(ends).toEqual([
      { kind: 'done' },
      { kind: 'done' },
      { kind: 'later', afterMs: 40 },
      { kind: 'dead', code: 'rejected' },
    ]);
    expect(calls).toEqual([]);
  });

  it('ends a message whose content cannot be opened, without a call', async () => {
    const claim = async () => await Promise.resolve({ kind: 'unreadable', token: 't1', attempt: 1 } as const);
    expect(await processor(accepted, { claim })(task)).toEqual({ kind: 'dead', code: 'content_missing' });
    expect(calls).toEqual(['record t1', 'report dead']);
  });

  it('holds what got no answer, and its job is over', async () => {
    expect(await processor(failed('no_answer'))(task)).toEqual({ kind: 'done' });
    expect(recorded[0]?.kind).toBe('hold');
  });

  it('comes back later after a recoverable failure', async () => {
    expect(await processor(failed('unreachable'))(task)).toEqual({ kind: 'later', afterMs: 1_000 });
  });

  it('pauses the channel when its credentials are refused, and keeps the message', async () => {
    const end = await processor(failed('credentials_refused', { scope: 'account' }))(task);
    expect(end.kind).toBe('later');
    expect(calls).toContain('pause credentials_refused');
  });

  it('does not spend the claim when the provider call throws a bug: the record stays open for evidence', async () => {
    const http = async (): Promise<HttpReply> => await Promise.reject(new Error('a bug'));
    await expect(processor(accepted, { http })(task)).rejects.toThrow('a bug');
    expect(recorded).toEqual([]);
  });
});

describe('references', () => {
  const quoting = (replyTo: string) => async () =>
    await Promise.resolve({ ...go, sealed: { ...sealed, replyTo } } as const);

  it('become the provider’s ids', async () => {
    const externalIdOf = async () => await Promise.resolve(externalIdSchema.parse('wamid.earlier'));
    await processor(accepted, { claim: quoting('msg_a_01JD8T0Z5R4YV3W2X1Q0P9N8M6'), externalIdOf })(task);
    expect(sent[0]?.replyTo).toBe('wamid.earlier');
  });

  it('pass through where they are the provider’s already', async () => {
    await processor(accepted, { claim: quoting('wamid.theirs') })(task);
    expect(sent[0]?.replyTo).toBe('wamid.theirs');
  });

  it('that the provider does not know end the message before the call', async () => {
    expect(await processor(accepted, { claim: quoting('msg_a_01JD8T0Z5R4YV3W2X1Q0P9N8M6') })(task)).toEqual({
      kind: 'dead',
      code: 'reference_unknown',
    });
    expect(calls).not.toContain('call');
  });
});
