import { createHash } from 'node:crypto';
import type { ChannelId, InboundId, InboundMessage, MessageId, Status } from '@posthorn/message';
import { toInboundId } from '@posthorn/message';
import type { FailureCode } from '@posthorn/outcome';
import type {
  ConnectedChannel,
  MarketingPreference,
  MessageUpdate,
  StatusUpdate,
  WebhookCall,
  WebhookUpdate,
} from '@posthorn/provider';

/** A channel that a call may be about. */
export interface IntakeChannel<Ref> {
  readonly id: ChannelId;
  readonly ref: Ref;
  readonly connected: ConnectedChannel;
}

type StatusResult =
  | {
      readonly kind: 'applied' | 'repeat';
      readonly messageId: MessageId;
      readonly generation: number;
      readonly now: Status;
    }
  | { readonly kind: 'unmatched' };

export interface IntakeDeps<Ref> {
  readonly parse: (call: WebhookCall, nowMs: number) => readonly WebhookUpdate[];
  /** Channels of this provider that go by that address (phone number id, account id). */
  readonly byAddress: (address: string) => readonly IntakeChannel<Ref>[];
  readonly status: (ref: Ref, input: Omit<StatusUpdate, 'kind' | 'address'>) => Promise<StatusResult>;
  readonly receive: (
    ref: Ref,
    id: InboundId,
    message: Omit<InboundMessage, 'id' | 'channelId'>,
  ) => Promise<{ readonly kind: 'received' | 'repeat' | 'erased' }>;
  readonly note: (
    ref: Ref,
    type: 'channel.news' | 'webhook.unrecognised',
    fingerprint: string,
    data: unknown,
  ) => Promise<unknown>;
  /** Keeps what a recipient wants of marketing; repeated, it changes nothing. */
  readonly prefer: (ref: Ref, preference: MarketingPreference) => Promise<unknown>;
  /** A message failed after it was submitted, and is not tried again by itself. */
  readonly deadLetter: (
    ref: Ref,
    letter: {
      readonly messageId: MessageId;
      readonly generation: number;
      readonly code: FailureCode;
      readonly providerCode?: string | undefined;
    },
  ) => Promise<void>;
  readonly newUlid: (nowMs: number) => string;
}

/** What became of the entries of one call, counted. */
export interface IntakeReport {
  readonly messages: number;
  readonly statuses: number;
  readonly news: number;
  readonly unmatched: number;
  readonly unrecognised: number;
  readonly repeats: number;
}

/** A call as it was kept, and the channel whose address was called. */
export interface IntakeTask<Ref> {
  readonly channel: IntakeChannel<Ref>;
  readonly call: WebhookCall;
  readonly receivedAtMs: number;
}

/**
 * Understands one webhook call and applies each entry, once. An entry goes to the channel that it names, but only among
 * channels whose own secret verifies that body; one that names a foreign channel, or is not understood, is kept with the channel
 * that was called, as unrecognised. Repeated (after a crash, by the provider), it changes nothing.
 */
export function createWebhookProcessor<Ref>(deps: IntakeDeps<Ref>): (task: IntakeTask<Ref>) => Promise<IntakeReport> {
  type Route = (address: string | null) => readonly IntakeChannel<Ref>[];
  return async (task) => {
    const report = { messages: 0, statuses: 0, news: 0, unmatched: 0, unrecognised: 0, repeats: 0 };
    const route = createRoute(task);
    const updates = deps.parse(task.call, task.receivedAtMs);
    // Entries of different messages have no order; those of one message may come in any.
    await Promise.all(
      updates.map(async (update) => {
        report[await apply(task, update, route)] += 1;
      }),
    );
    return report;
  };

  /** Finds the channels of an address, verifying each candidate's own proof once per call. The one that was called comes first. */
  function createRoute({ channel, call }: IntakeTask<Ref>): Route {
    const known = new Map<string, readonly IntakeChannel<Ref>[]>();
    return (address) => {
      if (address === null) return [channel];
      const found = known.get(address);
      if (found !== undefined) return found;
      const others = deps
        .byAddress(address)
        .filter(({ id, connected }) => id !== channel.id && connected.verifies(call));
      const routed = channel.connected.addresses.includes(address) ? [channel, ...others] : others;
      known.set(address, routed);
      return routed;
    };
  }

  async function apply(task: IntakeTask<Ref>, update: WebhookUpdate, route: Route): Promise<keyof IntakeReport> {
    const channels = route(update.address);
    const [channel] = channels;
    if (channel === undefined) {
      return await keep(task.channel, {
        kind: 'unrecognised',
        address: update.address,
        why: 'expected an address of a channel here, came another',
        data: update,
      });
    }
    switch (update.kind) {
      case 'status':
        return await applyStatus(channel, update);
      case 'message':
        return await applyMessage(channel, update, task.receivedAtMs);
      case 'news':
        // News of an account, not of a number, is news of all its channels.
        await Promise.all(
          channels.map(async ({ ref }) => {
            await deps.note(ref, 'channel.news', fingerprint(update), { topic: update.topic, data: update.data });
            for (const preference of update.preferences ?? []) await deps.prefer(ref, preference);
          }),
        );
        return 'news';
      case 'unrecognised':
        return await keep(channel, update);
      default:
        return update satisfies never;
    }
  }

  async function applyStatus(
    channel: IntakeChannel<Ref>,
    { kind: _kind, address: _address, ...status }: StatusUpdate,
  ): Promise<keyof IntakeReport> {
    const result = await deps.status(channel.ref, status);
    if (result.kind === 'unmatched') return 'unmatched';
    if (result.now === 'failed') {
      // Also on a repeat: a worker may have died between the status and its letter; a second letter is the same one.
      await deps.deadLetter(channel.ref, {
        messageId: result.messageId,
        generation: result.generation,
        code: status.failure?.code ?? 'rejected',
        providerCode: status.failure?.problem?.code,
      });
    }
    return result.kind === 'applied' ? 'statuses' : 'repeats';
  }

  async function applyMessage(
    channel: IntakeChannel<Ref>,
    { message }: MessageUpdate,
    receivedAtMs: number,
  ): Promise<keyof IntakeReport> {
    const id = toInboundId(channel.id, deps.newUlid(receivedAtMs));
    const { kind } = await deps.receive(channel.ref, id, {
      ...message,
      receivedAt: new Date(receivedAtMs).toISOString(),
    });
    return kind === 'received' ? 'messages' : 'repeats';
  }

  async function keep(
    channel: IntakeChannel<Ref>,
    update: Extract<WebhookUpdate, { kind: 'unrecognised' }>,
  ): Promise<keyof IntakeReport> {
    await deps.note(channel.ref, 'webhook.unrecognised', fingerprint(update), { why: update.why, data: update.data });
    return 'unrecognised';
  }
}

/** The same entry again is the same news. */
function fingerprint(update: unknown): string {
  return createHash('sha256').update(JSON.stringify(update)).digest('base64url').slice(0, 22);
}
