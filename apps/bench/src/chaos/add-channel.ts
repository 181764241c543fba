import { randomBytes } from 'node:crypto';
import { channelInputSchema, type ChannelRegistry } from '@posthorn/channel';
import { putChannel } from '@posthorn/channel-admin';
import type { ChannelRef, Ledger } from '@posthorn/ledger';
import { channelIdSchema, type ChannelId } from '@posthorn/message';
import { providers } from '@posthorn/providers';
import { createPauses, type Pauses, type Queues } from '@posthorn/queue';
import { systemClock, type RedisClient } from '@posthorn/runtime';
import { must } from './until.ts';

export interface ChannelWish {
  /** Null: the provider's default, which for Meta is 80. Default: no limit worth the name. */
  readonly pacePerSecond?: number | null;
  /** What the sandbox enforces. Default: nothing. */
  readonly enforcedPerSecond?: number;
  readonly pairLimits?: boolean;
  readonly heldPolicy?: 'hold' | 'resend';
  readonly heldGraceMs?: number;
}

/** One sender at the sandbox. */
export interface ChaosChannel extends ChannelRef {
  readonly phoneNumberId: string;
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
}

export type AddChannel = (wish?: ChannelWish) => Promise<ChaosChannel>;

export interface AddChannelDeps {
  readonly registry: ChannelRegistry;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly redis: RedisClient;
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  readonly ingressUrl: string;
  readonly providerUrl: string;
  readonly apiKey: string;
}

/** Adds channels to the fleet and to the sandbox; each resolves once ingress takes messages for it. */
export function createAddChannel(deps: AddChannelDeps): AddChannel {
  const pauses: Pauses = createPauses({ redis: deps.redis, queues: deps.queues, clock: systemClock });
  return async (wish = {}) => {
    const id: ChannelId = channelIdSchema.parse(`chaos-${randomBytes(5).toString('hex')}`);
    const account = {
      phoneNumberId: String(100_000_000_000_000 + randomBytes(4).readUInt32BE()),
      // Channels of one account share their waits, so each has one of its own.
      wabaId: String(200_000_000_000_000 + randomBytes(4).readUInt32BE()),
      accessToken: `EAA${randomBytes(20).toString('hex')}`,
      appSecret: randomBytes(16).toString('hex'),
    };
    const verifyToken = randomBytes(8).toString('hex');
    const put = await putChannel(
      { registry: deps.registry, ledger: deps.ledger, pauses, providers },
      channelInputSchema.parse({
        id,
        provider: 'whatsapp-cloud',
        pacePerSecond: wish.pacePerSecond === undefined ? 100_000 : wish.pacePerSecond,
        heldPolicy: wish.heldPolicy ?? 'hold',
        ...(wish.heldGraceMs !== undefined && { heldGraceMs: wish.heldGraceMs }),
        settings: { ...account, verifyToken, baseUrl: deps.providerUrl },
      }),
    );
    if (put.kind === 'invalid')
      throw new Error(
        `the channel is wrong: ${put.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join(', ')}`,
      );
    await must('ingress to know the new channel', async () => {
      const headers = { authorization: `Bearer ${deps.apiKey}` };
      return (await fetch(`${deps.ingressUrl}/v1/channels/${id}`, { headers })).status === 200;
    });
    await deps.control('PUT', `whatsapp-cloud/accounts/${account.phoneNumberId}`, {
      ...account,
      displayPhoneNumber: '15551230000',
      appId: '1',
      pacePerSecond: wish.enforcedPerSecond ?? null,
      pairLimits: wish.pairLimits ?? false,
      webhook: { url: `${deps.ingressUrl}/webhooks/whatsapp-cloud/${id}`, verifyToken },
    });
    const { channel } = put;
    return {
      id,
      provider: channel.provider,
      phoneNumberId: account.phoneNumberId,
      pause: async () => {
        await pauses.pause(channel, 'operator', 'chaos');
      },
      resume: async () => {
        await pauses.resume(channel, 'operator');
      },
    };
  };
}
