import type { Ledger } from '@posthorn/ledger';
import type { FailureCode, Scope } from '@posthorn/outcome';
import type { Pauses } from '@posthorn/queue';
import type { Log } from '@posthorn/runtime';
import type { ConnectedChannels, LiveChannel } from './connected-channels.ts';
import { sameCredentials } from './same-credentials.ts';

/** What a provider says of one channel may be about all channels of its account: limits, credentials, the account itself. */
export interface AccountHolds {
  /** All channels of the account wait that long. The one that met it does so already. */
  readonly slow: (live: LiveChannel, ms: number) => Promise<void>;
  /** The channel, or with `account` all that are concerned, stands still until someone acts. */
  readonly pause: (live: LiveChannel, code: FailureCode, scope: Scope) => Promise<void>;
}

export interface AccountHoldsDeps {
  readonly siblings: ConnectedChannels['siblings'];
  readonly ledger: Pick<Ledger, 'wait'>;
  readonly pauses: Pick<Pauses, 'pause'>;
  readonly log: Log;
}

/** What one key of an account lacks, another may have. */
const ofCredentials: ReadonlySet<FailureCode> = new Set(['credentials_refused', 'permission_missing']);

/**
 * The keys of channels lie in different slots, so there is no one script: whoever meets a limit writes it into each sibling that
 * the registry knows; waits are only ever extended. A sibling that was missed meets the limit with its own next call.
 */
export function createAccountHolds({ siblings, ledger, pauses, log }: AccountHoldsDeps): AccountHolds {
  const each = async (others: readonly LiveChannel[], act: (other: LiveChannel) => Promise<void>): Promise<void> => {
    const results = await Promise.allSettled(others.map(act));
    const missed = results.filter(({ status }) => status === 'rejected').length;
    if (missed > 0)
      log.warn({ missed }, 'channels of the same account were not told; they meet it with their next call');
  };
  return {
    slow: async (live, ms) =>
      await each(siblings(live), async ({ channel }) => await ledger.wait(channel, 'throttle', ms)),
    pause: async (live, code, scope) => {
      const { channel } = live;
      await pauses.pause(channel, 'credentials', code);
      const concerned =
        scope !== 'account'
          ? []
          : siblings(live).filter((other) => !ofCredentials.has(code) || sameCredentials(live, other));
      log.error(
        { channelId: channel.id, code, siblings: concerned.map((other) => other.channel.id) },
        'the channel is paused until its credentials or its account are put right; posthorn channels rotate --set-env, or posthorn resume --put-right, resumes it',
      );
      await each(
        concerned,
        async (other) => await pauses.pause(other.channel, 'credentials', code, { from: channel.id }),
      );
    },
  };
}
