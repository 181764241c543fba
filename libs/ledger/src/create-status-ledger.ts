import type { Failed } from '@posthorn/outcome';
import { decide } from '@posthorn/outcome';
import { statusSchema } from '@posthorn/message';
import type { Sealer } from '@posthorn/sealing';
import type { RedisClient } from '@posthorn/runtime';
import type { LateFailure, LateRetry } from './late-failure.ts';
import { lateReply, mayRetryLate, toFailed, toLaterStill } from './late-failure.ts';
import type { ChannelRef, Ledger, StatusResult } from './ledger.ts';
import { words } from './reply.ts';
import type { RunScript } from './scripts.ts';
import { channelBase } from './scripts.ts';
import type { SealedRecords } from './sealed-record.ts';
import { statusEntry } from './timeline.ts';
import { failureCodeOf, messageIdOf } from './view.ts';

/** So many failures are dealt with in one call. */
const lateMost = 500;

interface StatusDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly records: SealedRecords;
  readonly run: RunScript;
  readonly lateRetry: LateRetry | undefined;
}

/** The ledger's part for what providers tell of messages; see `ledger.ts` for what each method promises. */
export function createStatusLedger(deps: StatusDeps): Pick<Ledger, 'status' | 'late' | 'dealtWith'> {
  const { redis, sealer, records, run, lateRetry } = deps;
  const word = async (...call: Parameters<typeof run>): Promise<string[]> => words.parse(await run(...call));

  return {
    status: async (channel, input) => {
      const ours =
        input.messageId !== null && input.messageId.startsWith(`msg_${channel.id}_`) ? input.messageId.slice(-26) : '';
      const unmatched = {
        externalId: input.externalId,
        status: input.status,
        providerAt: input.atMs,
        failure: input.failure,
        pricing: input.pricing,
        more: input.more,
      };
      const told = [
        sealer.lookupHash(input.externalId),
        records.sealExternalId(channel.id, input.externalId),
        ours,
        input.status,
        statusEntry(input),
        input.failure?.code ?? '',
        input.more === undefined ? '' : records.sealData(channel.id, { more: input.more }),
        records.sealData(channel.id, unmatched),
        sealer.lookupHash(JSON.stringify(unmatched)),
      ];
      return await applyStatus(channel, told, input.failure ?? null);
    },

    late: async (channel) => {
      const found: LateFailure[] = [];
      for (const [member, status, generation, code, entry] of lateReply.parse(await run('late', channel, [lateMost]))) {
        const [ulid = '', hash = ''] = member.split(' ');
        const messageId = messageIdOf(channel, ulid);
        const failure = toFailed(entry);
        if (status === 'failed' || failure === null) {
          const ended = status === 'failed' ? failureCodeOf(code ?? 'rejected') : null;
          found.push({ member, messageId, generation, code: ended, later: null });
          continue;
        }
        const told = [hash, '', ulid, 'failed', entry, failure.code, '', '', ''];
        const result = await applyStatus(channel, told, failure);
        // Unmatched: the answer to the call is still on its way.
        if (result.kind === 'unmatched') continue;
        const ended = result.now === 'failed' ? failure.code : null;
        found.push({ member, messageId, generation: result.generation, code: ended, later: result.later ?? null });
      }
      return found;
    },

    dealtWith: async (channel, { member }) => {
      await redis.zrem(`${channelBase(channel)}late`, member);
    },
  };

  /** Applies a status; a failure that may be retried is decided by the same table as one that is answered. */
  async function applyStatus(
    channel: ChannelRef,
    told: readonly (string | number | Buffer)[],
    failure: Failed | null,
  ): Promise<StatusResult> {
    const mayRetry = lateRetry !== undefined && failure !== null && mayRetryLate(failure);
    const reply = await word('status', channel, [...told, mayRetry ? 'ask' : '']);
    if (reply[0] !== 'late' || !mayRetry) return toStatusResult(channel, reply);
    const [, , generation = '', attempt, waits] = reply;
    const tried = { attempt: Number(attempt), waits: Number(waits) };
    const disposition = decide(failure, tried, lateRetry.random(), lateRetry.policy);
    if (disposition.kind !== 'later') return toStatusResult(channel, await word('status', channel, [...told, '']));
    const { code, afterMs, spendsAttempt, scope, scopeMs } = disposition;
    const entry = JSON.stringify({ what: 'retried', generation: Number(generation) + 1, code, afterMs });
    const again = await word('status', channel, [
      ...told,
      'again',
      afterMs,
      spendsAttempt ? 1 : 0,
      scope === 'account' ? 'channel' : scope,
      scopeMs,
      generation,
      entry,
      failure.mayBeOut === true ? 1 : 0,
    ]);
    const result = toStatusResult(channel, again);
    if (result.kind !== 'applied' || result.now !== 'accepted') return result;
    return { ...result, later: toLaterStill(disposition) };
  }

  function toStatusResult(
    channel: ChannelRef,
    [kind, ulid, generation, now, erasedAt = '']: readonly string[],
  ): StatusResult {
    if ((kind !== 'applied' && kind !== 'repeat') || ulid === undefined) return { kind: 'unmatched' };
    return {
      kind,
      messageId: messageIdOf(channel, ulid),
      generation: Number(generation),
      now: statusSchema.parse(now),
      ...(erasedAt !== '' && { isErased: true }),
    };
  }
}
