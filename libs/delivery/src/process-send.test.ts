import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExternalId } from '@posthorn/message';
import { externalIdSchema, mediaIdSchema, messageIdSchema, recipientSchema } from '@posthorn/message';
import type { Disposition, SendOutcome } from '@posthorn/outcome';
import { defaultRetryPolicy, failed } from '@posthorn/outcome';
import type { ConnectedChannel, OutgoingMessage } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import type { PreparedFiles, SendContent, SendDeps, SendTask, SendToken } from './send-deps.ts';
import { createSendProcessor } from './process-send.ts';

const task: SendTask = { messageId: messageIdSchema.parse('msg_a_01JD8T0Z5R4YV3W2X1Q0P9N8M7'), generation: 1 };
const sealed: SendContent = { to: recipientSchema.parse('+15550001111'), content: { type: 'text', body: 'hello' } };
const go = { kind: 'go', token: 't1', attempt: 1, waits: 0, spentIds: 0, sealed } as const;
const answered: HttpReply = { kind: 'answered', status: 200, headers: {}, body: {}, text: '{}', durationMs: 7 };

let calls: string[];
let sent: OutgoingMessage[];
let recorded: Disposition<ExternalId>[];

beforeEach(() => {
  calls = [];
  sent = [];
  recorded = [];
});

const plainChannel: ConnectedChannel = {
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
};

function processor(outcome: SendOutcome<ExternalId>, more: Partial<SendDeps<SendTask>> = {}) {
  return createSendProcessor<SendTask>({
    claim: async () => {
      calls.push('claim');
      return await Promise.resolve(go);
    },
    prepareFiles: async () => await Promise.reject(new Error('no files are named')),
    record: async (_task, token, disposition) => {
      calls.push(`record ${token}`);
      recorded.push(disposition);
      await Promise.resolve();
    },
    externalIdOf: async () => await Promise.resolve(null),
    channel: () => plainChannel,
    token: async () => await Promise.reject(new Error('no token is needed')),
    replaceToken: async () => await Promise.reject(new Error('no token is needed')),
    toOutcome: () => outcome,
    pauseChannel: async (_task, code, scope) => {
      calls.push(`pause ${code} ${scope}`);
      await Promise.resolve();
    },
    slowAccount: async (_task, ms) => {
      calls.push(`account waits ${ms}`);
      await Promise.resolve();
    },
    lackToken: async (_task, ms) => {
      calls.push(`no token for ${ms}`);
      await Promise.resolve();
    },
    http: async () => {
      calls.push('call');
      return await Promise.resolve(answered);
    },
    clock: { now: () => 0 },
    sleep: async (ms) => {
      calls.push(`sleep ${ms}`);
      await Promise.resolve();
    },
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

  it('lets the whole account wait where the rule says so', async () => {
    await processor(failed('throttled', { scope: 'account', delayMs: 2_000 }))(task);
    expect(calls).toContain('account waits 2000');
    calls = [];
    await processor(failed('throttled', { scope: 'channel', delayMs: 2_000 }))(task);
    expect(calls).not.toContain('account waits 2000');
  });

  it('pauses the channel when its credentials are refused, and keeps the message', async () => {
    const end = await processor(failed('credentials_refused', { scope: 'account' }))(task);
    expect(end.kind).toBe('later');
    expect(calls).toContain('pause credentials_refused account');
  });

  it('does not spend the claim when the provider call throws a bug: the record stays open for evidence', async () => {
    const http = async (): Promise<HttpReply> => await Promise.reject(new Error('a bug'));
    await expect(processor(accepted, { http })(task)).rejects.toThrow('a bug');
    expect(recorded).toEqual([]);
  });
});

describe('access tokens', () => {
  const v = (version: number, renewed = false) =>
    ({ kind: 'token', token: `t${version}`, version, renewed }) as const satisfies SendToken;
  const refusedUntil = (good: string) => () => {
    return used.at(-1) === good ? accepted : failed('credentials_refused', { problem: { code: 'http_401' } });
  };
  const tokens = { request: { operation: 'token', method: 'POST', url: 'http://127.0.0.1/token' }, toToken } as const;
  function toToken() {
    return { kind: 'unavailable', problem: null } as const;
  }
  let used: (string | null)[];
  let replaced: number[];
  beforeEach(() => {
    used = [];
    replaced = [];
  });
  const withTokens = (good: string, first: SendToken, next: readonly (SendToken | null)[]) => {
    const left = [...next];
    return processor(accepted, {
      toOutcome: refusedUntil(good),
      token: async () => await Promise.resolve(first),
      replaceToken: async (_task, version) => {
        replaced.push(version);
        return await Promise.resolve(left.shift() ?? null);
      },
      channel: () => ({
        ...plainChannel,
        tokens,
        toRequest: (_message, token) => {
          used.push(token);
          return { operation: 'send', method: 'POST', url: 'http://127.0.0.1/' };
        },
      }),
    });
  };

  it('are there before the claim: without one the message waits, and no attempt begins', async () => {
    const end = await withTokens('t1', { kind: 'later', afterMs: 70 }, [])(task);
    expect(end).toEqual({ kind: 'later', afterMs: 70 });
    expect(calls).toEqual(['no token for 70']);
  });

  it('are not asked for where credentials last', async () => {
    expect(await processor(accepted)(task)).toEqual({ kind: 'done' });
  });

  it('are replaced once when the provider refuses one, and the call is repeated within the same attempt', async () => {
    expect(await withTokens('t2', v(1), [v(2, true)])(task)).toEqual({ kind: 'done' });
    expect(used).toEqual(['t1', 't2']);
    expect(replaced).toEqual([1]);
    expect(calls).toEqual(['claim', 'call', 'call', 'record t1', 'report done']);
  });

  it('may be stored by another process meanwhile; if that one is refused too, one is asked for', async () => {
    expect(await withTokens('t3', v(1), [v(2), v(3, true)])(task)).toEqual({ kind: 'done' });
    expect(used).toEqual(['t1', 't2', 't3']);
    expect(replaced).toEqual([1, 2]);
  });

  it('pause the channel when a new one is refused as well, and the message is kept', async () => {
    const end = await withTokens('never', v(1), [v(2, true)])(task);
    expect(end.kind).toBe('later');
    expect(used).toEqual(['t1', 't2']);
    expect(calls).toContain('pause credentials_refused channel');
  });

  it('wait without spending an attempt while the issuer is out of order', async () => {
    const end = await withTokens('t2', v(1), [{ kind: 'later', afterMs: 4_000 }])(task);
    expect(end).toEqual({ kind: 'later', afterMs: 4_000 });
    expect(recorded[0]).toMatchObject({ code: 'token_unavailable', spendsAttempt: false, scope: 'channel' });
    expect(calls).not.toContain('pause credentials_refused channel');
  });
});

describe('answers', () => {
  it('mean what the channel says, where it has a say', async () => {
    const toOutcome = () => accepted;
    const channel = () => ({ ...plainChannel, toOutcome });
    expect(await processor(failed('rejected'), { channel })(task)).toEqual({ kind: 'done' });
  });
});

describe('the pace of a channel', () => {
  /** Gives a slot as often as asked, each a little later than the one before, and then the message goes. */
  const slots = (count: number): SendDeps<SendTask>['claim'] => {
    let left = count;
    return async (_task, { slotMs }) => {
      calls.push(`claim ${slotMs}`);
      left -= 1;
      return await Promise.resolve(left < 0 ? go : { kind: 'slot', slotMs: (slotMs ?? 100) + 13, waitMs: 13 });
    };
  };

  it('is kept by a slot: it sleeps until then, and claims again right before the call', async () => {
    expect(await processor(accepted, { claim: slots(1) })(task)).toEqual({ kind: 'done' });
    expect(calls).toEqual(['claim null', 'sleep 13', 'claim 113', 'call', 'record t1', 'report done']);
  });

  it.each([
    [3, { kind: 'done' }],
    [4, { kind: 'later', afterMs: 13 }],
  ] as const)('after %s missed slots ends the activation with %j', async (missed, end) => {
    expect(await processor(accepted, { claim: slots(missed) })(task)).toEqual(end);
    expect(calls.filter((each) => each.startsWith('sleep'))).toHaveLength(3);
  });
});

describe('files', () => {
  const media = { id: mediaIdSchema.parse('med_01JD8T0Z5R4YV3W2X1Q0P9N8M7') };
  const picture: SendContent = { to: sealed.to, content: { type: 'image', media } };
  const ready = { type: 'image', providerMediaId: '1011' } as const;
  const naming = (outcome: SendOutcome<ExternalId>, files: PreparedFiles) =>
    processor(outcome, {
      claim: async (_task, { filesAreReady }) => {
        calls.push(`claim ${filesAreReady}`);
        return await Promise.resolve(filesAreReady ? { ...go, sealed: picture } : { kind: 'prepare', sealed: picture });
      },
      prepareFiles: async () => {
        calls.push('files');
        return await Promise.resolve(files);
      },
    });

  it('are made ready before the claim, so that a worker may die meanwhile and nothing is in doubt', async () => {
    await naming(accepted, { kind: 'ready', content: ready, forget: null })(task);
    expect(calls).toEqual(['claim false', 'files', 'claim true', 'call', 'record t1', 'report done']);
    expect(sent[0]?.content).toEqual(ready);
  });

  it('that cannot be made ready fail the attempt without a call', async () => {
    const end = await naming(accepted, failed('media_missing'))(task);
    expect(end).toEqual({ kind: 'dead', code: 'media_missing' });
    expect(calls).not.toContain('call');
  });

  it('go up anew when the provider refuses an id that was used before, and only then', async () => {
    const forget = async () => await Promise.resolve(void calls.push('forget'));
    await naming(failed('request_invalid'), { kind: 'ready', content: ready, forget })(task);
    expect(calls).toContain('forget');
    expect(recorded[0]).toMatchObject({ kind: 'later', code: 'media_unavailable' });
    calls = [];
    await naming(failed('request_invalid'), { kind: 'ready', content: ready, forget: null })(task);
    await naming(failed('window_closed'), { kind: 'ready', content: ready, forget })(task);
    expect(calls).not.toContain('forget');
    expect(recorded.slice(1)).toMatchObject([
      { kind: 'dead', code: 'request_invalid' },
      { kind: 'dead', code: 'window_closed' },
    ]);
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
