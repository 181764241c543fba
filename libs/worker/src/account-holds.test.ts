import { describe, expect, it } from '@jest/globals';
import { channelInputSchema } from '@posthorn/channel';
import type { ConnectedChannel } from '@posthorn/provider';
import { createMemoryLog } from '@posthorn/runtime';
import { createAccountHolds } from './account-holds.ts';
import type { LiveChannel } from './connected-channels.ts';

function live(id: string, key: string): LiveChannel {
  const connected: ConnectedChannel = {
    addresses: [id],
    account: 'AC1',
    pace: { channelPerSecond: null, conversation: null },
    tokens: null,
    toRequest: () => ({ operation: 'x', method: 'POST', url: 'http://127.0.0.1/', headers: { authorization: key } }),
    handshake: () => null,
    verifies: () => false,
  };
  return { channel: { ...channelInputSchema.parse({ id, provider: 'twilio', settings: {} }), version: 1 }, connected };
}

const [one, same, otherKey] = [live('one', 'k1'), live('same', 'k1'), live('other', 'k2')];

function holds() {
  const did: string[] = [];
  const { log, lines } = createMemoryLog();
  const account = createAccountHolds({
    siblings: () => [same, otherKey],
    ledger: {
      wait: async ({ id }, why, ms) => {
        if (id === same.channel.id) throw new Error('its slot is away');
        return await Promise.resolve(void did.push(`${id} ${why} ${ms}`));
      },
    },
    pauses: {
      pause: async ({ id }, reason, by, more) =>
        await Promise.resolve(void did.push(`${id} ${reason} ${by} ${more?.from ?? 'its own'}`)),
    },
    log,
  });
  return { account, did, lines };
}

describe('what a provider says of an account', () => {
  it('lets every channel of it wait; one that cannot be told is reported, not fatal', async () => {
    const { account, did, lines } = holds();
    await account.slow(one, 2_000);
    expect(did).toEqual(['other throttle 2000']);
    expect(JSON.stringify(lines())).toContain('"missed":1');
  });

  it('pauses every channel of it, and says whose trouble it is', async () => {
    const { account, did } = holds();
    await account.pause(one, 'account_blocked', 'account');
    expect(did).toEqual([
      'one credentials account_blocked its own',
      'same credentials account_blocked one',
      'other credentials account_blocked one',
    ]);
  });

  it('pauses for refused credentials only those that use the same', async () => {
    const { account, did } = holds();
    await account.pause(one, 'credentials_refused', 'account');
    expect(did).toEqual(['one credentials credentials_refused its own', 'same credentials credentials_refused one']);
  });

  it('leaves the others alone where it is about one number', async () => {
    const { account, did } = holds();
    await account.pause(one, 'sender_not_ready', 'channel');
    expect(did).toEqual(['one credentials sender_not_ready its own']);
  });
});
