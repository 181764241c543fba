import { createIntakeLimit } from '@posthorn/access';
import type { ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import type { ChannelId } from '@posthorn/message';
import { providerById } from '@posthorn/providers';
import {
  createSecureRandom,
  isStorageFull,
  RedisAwayError,
  type Clock,
  type RedisClient,
  type RedisMemory,
} from '@posthorn/runtime';
import { createIdempotency, createSubmission, type Submission, type SubmissionFiles } from '@posthorn/submission';
import { monotonicFactory } from 'ulid';
import type { ConnectChannel } from './create-connect-channel.ts';

export interface AssembleDeps {
  readonly redis: RedisClient;
  readonly channels: Pick<ChannelRegistry, 'get' | 'isLoaded'>;
  readonly connect: ConnectChannel;
  readonly ledger: Pick<Ledger, 'accept'>;
  readonly memory: Pick<RedisMemory, 'refusesWork' | 'wasRefused'>;
  readonly files: Omit<SubmissionFiles, 'canHand'>;
  /** Where the outside reaches this installation; null: nowhere, so providers that fetch files get none of the store. */
  readonly publicUrl: string | null;
  readonly clock: Clock;
}

/** Submission as it runs in production. Ingress and direct enqueue use this one: what the one refuses, the other refuses with the same words. */
export function assembleSubmission(deps: AssembleDeps): Submission {
  const { redis, channels, connect, ledger, memory, files, publicUrl, clock } = deps;
  const nextUlid = monotonicFactory(createSecureRandom());
  const connectById = (id: ChannelId) => {
    const channel = channels.get(id);
    return channel === null ? null : connect(channel);
  };
  return createSubmission({
    channelOf: (id) => {
      // Started while Redis was away: the channel may well be there, and "no such channel" would be believed.
      if (!channels.isLoaded()) throw new RedisAwayError('the channels have not been read yet');
      return channels.get(id);
    },
    recipientReaderOf: ({ id }) => connectById(id)?.toRecipient ?? null,
    providerOf: providerById,
    accept: (...input) =>
      ledger.accept(...input).catch((error: unknown) => {
        if (isStorageFull(error)) memory.wasRefused();
        throw error;
      }),
    files: {
      ...files,
      canHand: ({ id }) => publicUrl !== null || (connectById(id)?.media?.upload ?? null) !== null,
    },
    memory,
    quota: createIntakeLimit({ redis, clock }),
    reservations: createIdempotency({ redis }),
    newUlid: () => nextUlid(clock.now()),
    clock,
  });
}
