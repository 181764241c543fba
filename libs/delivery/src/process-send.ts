import { externalIdSchema, inboundIdSchema, messageIdSchema, type ExternalId } from '@posthorn/message';
import { decide, failed, type FailureCode, type SendOutcome } from '@posthorn/outcome';
import type { ConnectedChannel, OutgoingMessage } from '@posthorn/provider';
import type { HttpReply } from '@posthorn/runtime';
import type { Claim, PreparedFiles, SendContent, SendDeps, SendEnd, SendTask, SendToken } from './send-deps.ts';

/** Slots of the channel's pace that one activation may miss. */
const slotsMost = 3;

/** How providers refuse a file's id that they do not know (any more): seldom by a code of its own. */
const mayBeAboutAFile: ReadonlySet<FailureCode> = new Set([
  'media_unavailable',
  'media_refused',
  'request_invalid',
  'rejected',
]);

/**
 * The way of one activation: token → files → claim → resolve references → call → decide → record. Everything that can fail without
 * sending comes before the call; the claim marks the intent, so a worker that dies in between leaves it open, and whoever finds it
 * open holds the message instead of sending it again.
 */
export function createSendProcessor<Task extends SendTask>(deps: SendDeps<Task>): (task: Task) => Promise<SendEnd> {
  return async (task) => {
    const channel = deps.channel(task);
    const token = channel.tokens === null ? null : await deps.token(task);
    if (token?.kind === 'later') {
      await deps.lackToken(task, token.afterMs);
      return token;
    }
    let claim = await claimInTurn(task, false);
    let files: PreparedFiles | null = null;
    if (claim.kind === 'prepare') {
      if (claim.sealed !== null) files = await deps.prepareFiles(task, claim.sealed.content, token?.token ?? null);
      claim = await claimInTurn(task, true);
    }
    switch (claim.kind) {
      case 'settled':
      case 'held':
      // Not told twice.
      case 'prepare':
        return { kind: 'done' };
      case 'dead':
        return { kind: 'dead', code: claim.code };
      case 'wait':
      case 'slot':
        return { kind: 'later', afterMs: claim.waitMs };
      case 'unreadable':
        return await conclude(task, claim, failed('content_missing'), 0, null);
      case 'go':
        break;
      default:
        claim satisfies never;
        return { kind: 'done' };
    }
    if (files?.kind === 'failed') return await conclude(task, claim, files, 0, null);
    const sealed = files === null ? claim.sealed : { ...claim.sealed, content: files.content };
    const message = await resolve(task, sealed, claim.spentIds);
    if (message === null) return await conclude(task, claim, failed('reference_unknown'), 0, null);
    const { reply, outcome: told } = await call(task, channel, message, token);
    const outcome = files?.forget ? await withoutOldFiles(told, files.forget) : told;
    return await conclude(task, claim, outcome, reply.durationMs, reply.kind === 'answered' ? reply.status : null);
  };

  /** The claim, at the message's place in the channel's pace. A busy process that comes late to it is given others, and then waits like any job. */
  async function claimInTurn(task: Task, filesAreReady: boolean): Promise<Claim> {
    let claim = await deps.claim(task, { filesAreReady, slotMs: null });
    for (let slots = 0; claim.kind === 'slot' && slots < slotsMost; slots += 1) {
      await deps.sleep(claim.waitMs);
      claim = await deps.claim(task, { filesAreReady, slotMs: claim.slotMs });
    }
    return claim;
  }

  /** A refusal that may be about a file which the provider has no more: it goes up anew, once, since then nothing is old. */
  async function withoutOldFiles(
    outcome: SendOutcome<ExternalId>,
    forget: () => Promise<void>,
  ): Promise<SendOutcome<ExternalId>> {
    if (outcome.kind === 'accepted' || outcome.mayBeOut === true || !mayBeAboutAFile.has(outcome.code)) return outcome;
    await forget();
    const { problem } = outcome;
    return failed('media_unavailable', problem === undefined ? {} : { problem });
  }

  /**
   * The call, and its repeat where the provider refused the token: once with one that another process stored meanwhile, once with a
   * new one. A refused token sent nothing, so that spends no attempt.
   */
  async function call(
    task: Task,
    channel: ConnectedChannel,
    message: OutgoingMessage,
    token: Extract<SendToken, { kind: 'token' }> | null,
  ): Promise<{ readonly reply: HttpReply; readonly outcome: SendOutcome<ExternalId> }> {
    const request = channel.toRequest(message, token?.token ?? null);
    // No abort by a lost lock: the request may be out by then, and an abort would only hide its answer.
    const reply = await deps.http(request);
    const outcome = channel.toOutcome?.(reply, deps.clock.now(), request) ?? deps.toOutcome(reply, deps.clock.now());
    const isRefused = outcome.kind === 'failed' && outcome.code === 'credentials_refused';
    if (!isRefused || token === null || token.renewed) return { reply, outcome };
    const next = await deps.replaceToken(task, token.version);
    if (next === null) return { reply, outcome };
    if (next.kind === 'later') {
      const { problem } = outcome;
      const more = { scope: 'channel', delayMs: next.afterMs, ...(problem !== undefined && { problem }) } as const;
      return { reply, outcome: failed('token_unavailable', more) };
    }
    return await call(task, channel, message, next);
  }

  /** Replaces our ids of earlier messages by the provider's. Null: one of them is not known there. */
  async function resolve(
    task: Task,
    { to, content, replyTo }: SendContent,
    spentIds: number,
  ): Promise<OutgoingMessage | null> {
    const [quoted, reactedTo] = await Promise.all([
      replyTo === undefined ? null : reference(task, replyTo),
      content.type === 'reaction' ? reference(task, content.to) : null,
    ]);
    if (replyTo !== undefined && quoted === null) return null;
    if (content.type === 'reaction' && reactedTo === null) return null;
    return { id: task.messageId, to, content, replyTo: quoted, reactionTo: reactedTo, spentIds };
  }

  async function reference(task: Task, id: string): Promise<ExternalId | null> {
    const ours = messageIdSchema.or(inboundIdSchema).safeParse(id);
    return ours.success ? await deps.externalIdOf(task, ours.data) : externalIdSchema.parse(id);
  }

  async function conclude(
    task: Task,
    claim: { readonly token: string; readonly attempt: number; readonly waits?: number },
    outcome: SendOutcome<ExternalId>,
    durationMs: number,
    status: number | null,
  ): Promise<SendEnd> {
    const disposition = decide(
      outcome,
      { attempt: claim.attempt, waits: claim.waits ?? 0 },
      deps.random(),
      deps.policy,
    );
    const note = outcome.kind === 'accepted' ? outcome.note : undefined;
    await deps.record(task, claim.token, disposition, { attempt: claim.attempt, durationMs, note });
    deps.report(task, {
      messageId: task.messageId,
      attempt: claim.attempt,
      disposition: disposition.kind,
      code: disposition.kind === 'done' ? null : disposition.code,
      providerCode: outcome.kind === 'failed' ? (outcome.problem?.code ?? null) : null,
      status,
      durationMs,
    });
    switch (disposition.kind) {
      case 'done':
      case 'hold':
        return { kind: 'done' };
      case 'dead':
        return { kind: 'dead', code: disposition.code, providerCode: disposition.failure.problem?.code };
      case 'later':
        if (disposition.pauses) {
          await deps.pauseChannel(task, disposition.code, disposition.failure.scope ?? 'channel');
        } else if (disposition.scope === 'account' && disposition.scopeMs > 0) {
          await deps.slowAccount(task, disposition.scopeMs);
        }
        return { kind: 'later', afterMs: disposition.afterMs };
      default:
        return disposition satisfies never;
    }
  }
}
