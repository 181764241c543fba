import {
  channelIdOf,
  channelIdSchema,
  inboundIdSchema,
  mapFiles,
  messageIdSchema,
  recipientSchema,
  sendRequestSchema,
  type ChannelId,
  type SendRequest,
  type TenantId,
} from '@posthorn/message';
import type { Provider } from '@posthorn/provider';
import type { Problem, ProblemFault } from '@posthorn/runtime';
import { z } from 'zod';
import { checkTimes, type Times } from './check-times.ts';
import { channelNotFound, contentRefused, contentUnsupported, invalidRequest } from './refusals.ts';
import type { SubmissionChannel, SubmissionDeps } from './submission-deps.ts';
import { toFaults } from './to-faults.ts';

/** A request that was read and checked, without a look at Redis. */
export type Prepared =
  | { readonly kind: 'refused'; readonly problem: Problem }
  | {
      readonly kind: 'ready';
      readonly request: SendRequest;
      readonly channel: SubmissionChannel;
      /** Its faults count for a new request only: a repeat may come when its times have passed. */
      readonly times: Times;
    };

type PrepareDeps = Pick<SubmissionDeps, 'channelOf' | 'providerOf' | 'recipientReaderOf' | 'clock'>;

const placeholderUrl = 'https://files.invalid/';

const addressed = z.looseObject({ channelId: channelIdSchema, to: z.string() });

/** Reads a request once, and checks everything that can be checked before anything is stored. Pointers start with `root`. */
export function prepare(deps: PrepareDeps, tenantId: TenantId, body: unknown, root: string): Prepared {
  const parsed = readRequest(deps, tenantId, body);
  if (!parsed.success) return refused(invalidRequest(toFaults(parsed.error.issues, root)));
  const request = parsed.data;
  const channel = deps.channelOf(request.channelId);
  if (channel === null || channel.tenantId !== tenantId) return refused(channelNotFound(`${root}/channelId`));
  const provider = deps.providerOf(channel.provider);
  // A channel whose provider this release does not know: a bug or a half-done upgrade, and nothing the caller can mend.
  if (provider === null)
    throw new Error(`channel ${channel.id} belongs to the provider ${channel.provider}, which is not known here`);
  const problem = checkContent(provider, channel, request, root);
  if (problem !== null) return refused(problem);
  return { kind: 'ready', request, channel, times: checkTimes(request, deps.clock.now(), root) };
}

/**
 * A recipient in an older form (a number without its country code) becomes ours where its channel knows how to read it; else the
 * request stays as it came, and its fault is told as any other.
 */
function readRequest(deps: PrepareDeps, tenantId: TenantId, body: unknown) {
  const parsed = sendRequestSchema.safeParse(body);
  if (parsed.success) return parsed;
  const given = addressed.safeParse(body);
  if (!given.success || recipientSchema.safeParse(given.data.to).success) return parsed;
  const channel = deps.channelOf(given.data.channelId);
  if (channel === null || channel.tenantId !== tenantId) return parsed;
  const to = deps.recipientReaderOf(channel)?.(given.data.to) ?? null;
  return to === null ? parsed : sendRequestSchema.safeParse({ ...given.data, to });
}

function checkContent(
  provider: Pick<Provider, 'title' | 'capabilities' | 'check' | 'checkReply'>,
  channel: SubmissionChannel,
  request: SendRequest,
  root: string,
): Problem | null {
  const { content, replyTo, channelId } = request;
  const supported = provider.capabilities.content;
  if (!supported.has(content.type)) return contentUnsupported(provider.title, supported, `${root}/content/type`);
  const faults: ProblemFault[] = provider
    // Stored files get their address later.
    .check(
      mapFiles(content, () => ({ url: placeholderUrl })),
      channel.settings,
    )
    .map(({ pointer, detail }) => ({ pointer: `${root}/content${pointer}`, detail }));
  const cannotReply = replyTo === undefined ? null : whyNoReply(provider, content, channel.settings);
  if (cannotReply !== null) {
    faults.push({ pointer: `${root}/replyTo`, detail: cannotReply });
  } else if (replyTo !== undefined && isOfAnotherChannel(replyTo, channelId)) {
    faults.push({ pointer: `${root}/replyTo`, detail: 'expected a message of the same channel' });
  }
  if (content.type === 'reaction' && isOfAnotherChannel(content.to, channelId)) {
    faults.push({ pointer: `${root}/content/to`, detail: 'expected a message of the same channel' });
  }
  return faults.length === 0 ? null : contentRefused(provider.title, faults);
}

function whyNoReply(
  { title, capabilities, checkReply }: Pick<Provider, 'title' | 'capabilities' | 'checkReply'>,
  content: SendRequest['content'],
  settings: unknown,
): string | null {
  if (!capabilities.replyTo) return `${title} cannot quote a message; leave replyTo out`;
  return checkReply?.(content, settings) ?? null;
}

/** Our ids carry their channel: one of another channel (of another tenant, perhaps) must not be looked up by the worker. */
function isOfAnotherChannel(reference: string, channelId: ChannelId): boolean {
  const message = messageIdSchema.safeParse(reference);
  if (message.success) return channelIdOf(message.data) !== channelId;
  const inbound = inboundIdSchema.safeParse(reference);
  return inbound.success && channelIdOf(inbound.data) !== channelId;
}

function refused(problem: Problem): Prepared {
  return { kind: 'refused', problem };
}
