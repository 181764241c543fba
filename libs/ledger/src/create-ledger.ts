import { randomUUID } from 'node:crypto';
import type { InboundId, MessageId } from '@posthorn/message';
import { storedFiles } from '@posthorn/message';
import type { Sealer } from '@posthorn/sealing';
import { encodeTime } from 'ulid';
import { z } from 'zod';
import { createErasingLedger } from './create-erasing-ledger.ts';
import { createHeldLedger } from './create-held-ledger.ts';
import { createKeepingLedger } from './create-keeping-ledger.ts';
import { createLookUps } from './create-look-ups.ts';
import { createRecipientLedger } from './create-recipient-ledger.ts';
import { createStatusLedger } from './create-status-ledger.ts';
import type { LateRetry } from './late-failure.ts';
import type { ClaimResult } from './claim.ts';
import type { AcceptInput, Activation, ChannelRef, Ledger } from './ledger.ts';
import { bytes, number, textOrNull, words } from './reply.ts';
import type { ScriptDeps } from './scripts.ts';
import { channelBase, createScripts } from './scripts.ts';
import { createSealedRecords } from './sealed-record.ts';
import { attemptEntry } from './timeline.ts';
import { failureCodeOf } from './view.ts';

const dayMs = 86_400_000;
/** How long a message may wait to be sent, unless the producer says otherwise. */
const lifeMs = dayMs;
/** The index forgets what is older; records are gone by then (30 days ahead, 1 to send, 31 as a stub). */
const indexMs = 62 * dayMs;
const sweepMost = 500;
const sweepTurnsMost = 1_000;
/** As long as anything of a message is kept. Without a state, nothing is accepted either. */
const goneMs = 31 * dayMs;

const refusedKind = z.enum(['closed', 'expired', 'opted_out', 'window_closed']);
const claimReply = z.array(bytes);
const claimKind = z.enum(['go', 'prepare', 'wait', 'slot', 'settled', 'dead', 'held']);
const restoreKind = z.enum(['kept', 'open', 'evidence', 'lost']);
const recoverMost = 500;
const replayKind = z.enum(['replayed', 'repeat', 'unknown', 'content_gone', 'not_failed']);
const sweepReply = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]);
/** Nobody will say any more whether it went out. */
const heldEndsMs = 30 * dayMs;
const resentEntry = JSON.stringify({
  what: 'resent',
  note: 'no evidence came in the grace time; sent again by the channel’s policy, so it may be a duplicate',
});
const endedEntry = JSON.stringify({ what: 'discarded', code: 'outcome_unknown', note: 'held for 30 days' });

export interface LedgerDeps extends ScriptDeps {
  readonly sealer: Sealer;
  /** Without it, failures told later end their message. For whoever applies statuses. */
  readonly lateRetry?: LateRetry | undefined;
}

/**
 * The ledger on Redis. Each method that changes something is one Lua script in the channel's slot: all or nothing, on a single
 * Redis and on a cluster alike. Throws when Redis is away or answers what no script of ours answers.
 */
export function createLedger(deps: LedgerDeps): Ledger {
  const { redis, sealer, lateRetry } = deps;
  const run = createScripts(deps);
  const records = createSealedRecords(sealer);
  const word = async (...call: Parameters<typeof run>): Promise<string[]> => words.parse(await run(...call));
  const ids = (activation: Activation): [string, number] => [ulidOf(activation.messageId), activation.generation];

  return {
    ...createHeldLedger({ redis, sealer, records, run }),
    ...createLookUps({ redis, sealer, records, run }),
    ...createRecipientLedger({ sealer, records, run }),
    ...createKeepingLedger(run),
    ...createErasingLedger({ redis, sealer, records, run }),
    ...createStatusLedger({ redis, sealer, records, run, lateRetry }),

    accept: async (channel, input) => {
      const { id, tenantId, lane, sealed, sendAt, expiresAt, traceparent } = input;
      const recipient = sealer.lookupHash(sealed.to);
      const [kind, at] = await word('accept', channel, [
        ulidOf(id),
        tenantId,
        lane,
        conversationOf(input, recipient),
        recipient,
        records.sealContent(id, sealed),
        sendAt ?? 0,
        expiresAt ?? 0,
        lifeMs,
        traceparent ?? '',
        storedFiles(sealed.content).length > 0 ? 1 : 0,
        input.isMarketing === true ? 1 : 0,
        input.needsWindow === true ? 1 : 0,
      ]);
      if (kind === 'accepted' || kind === 'repeat') return { kind, acceptedAt: Number(at) };
      return { kind: refusedKind.parse(kind) };
    },

    join: async (activation) => {
      await run('join', activation.channel, ids(activation));
    },

    claim: async (activation, pace, { filesAreReady = false, spacingMs = 0, slotMs } = {}) => {
      const token = randomUUID();
      const reply = await run('claim', activation.channel, [
        ...ids(activation),
        token,
        pace?.everyMs ?? 0,
        pace?.burst ?? 0,
        filesAreReady ? 1 : 0,
        spacingMs,
        slotMs ?? 0,
      ]);
      return toClaim(activation, token, claimReply.parse(reply));
    },

    record: async (activation, token, disposition, exchange) => {
      const entry = attemptEntry(activation.generation, disposition, exchange);
      const [kind] = await word('record', activation.channel, [
        ...ids(activation),
        token,
        entry,
        ...toRecordArgs(activation.channel, disposition),
      ]);
      return { kind: kind === 'recorded' ? 'recorded' : 'stale' };
    },

    note: async (channel, type, fingerprint, data) => {
      const [kind] = await word('note', channel, [fingerprint, type, records.sealData(channel.id, data)]);
      return { kind: kind === 'noted' ? 'noted' : 'repeat' };
    },

    cancel: async (channel, id) => {
      const [kind, status = ''] = await word('cancel', channel, [ulidOf(id)]);
      if (kind === 'too_late') return { kind, status };
      return { kind: kind === 'cancelled' ? 'cancelled' : 'unknown' };
    },

    replay: async (channel, id, generation, by) => {
      const entry = JSON.stringify({ what: 'replayed', generation: generation + 1, note: `by ${by}` });
      const [kind] = await word('replay', channel, [ulidOf(id), generation, lifeMs, entry]);
      return { kind: replayKind.parse(kind) };
    },

    sweep: async (channel, { idleMs, heldGraceMs, heldPolicy, nowMs }) => {
      const oldestUlid = `${encodeTime(Math.max(0, nowMs - indexMs), 10)}${'0'.repeat(16)}`;
      const args = [idleMs, heldGraceMs, sweepMost, oldestUlid, heldPolicy, resentEntry, heldEndsMs, endedEntry];
      const did = { readded: 0, expired: 0, passed: 0, resent: 0, ended: 0 };
      // All of them, however many wait, in turns that others get in between: else a lost job among 100,000 would be found hours later.
      for (let turn = 0; turn < sweepTurnsMost; turn += 1) {
        const [readded, expired, passed, resent, ended, more] = sweepReply.parse(await run('sweep', channel, args));
        did.readded += readded;
        did.expired += expired;
        did.passed += passed;
        did.resent += resent;
        did.ended += ended;
        if (more === 0) break;
      }
      return did;
    },

    wait: async (channel, why, ms) => {
      await run('wait', channel, [why === 'throttle' ? 'thr' : 'tok', Math.ceil(ms)]);
    },

    bury: async (channel, { what, after, by }) => {
      const entry = JSON.stringify({ what: 'buried', note: `the channel was removed, by ${by}` });
      const args = [sweepMost, after ?? '', entry, what === 'held' ? 1 : 0];
      const [next = '', buried, open, late] = words.parse(await run('bury', channel, args));
      return { next: next === '' ? null : next, buried: Number(buried), open: Number(open), late: Number(late) };
    },

    lookAtServer: async (channel, quarantineMs) => {
      const [runId = '', changed] = await word('server', channel, [Math.ceil(quarantineMs)]);
      return { runId, hasChanged: changed === '1' };
    },

    restore: async (activation, { token, attempt, isOut }) => {
      const [kind] = await word('restore', activation.channel, [...ids(activation), token, attempt, isOut ? 1 : 0]);
      return { kind: restoreKind.parse(kind) };
    },

    recover: async (channel, { atMs, dryRun, by }) => {
      const entry = JSON.stringify({
        what: 'held',
        code: 'no_answer',
        note: `by ${by}: an older copy of Redis was restored, and it may have gone out since`,
      });
      let held = 0;
      for (let after: string | undefined = ''; after !== undefined;) {
        const page: string[] = await word('recover', channel, [atMs, after, recoverMost, dryRun ? 1 : 0, entry]);
        held += Number(page[0]);
        after = page[1] === '' ? undefined : page[1];
      }
      return { held };
    },

    setState: async (channel, state) => {
      const key = `${channelBase(channel)}state`;
      if (state === 'gone') await redis.set(key, state, 'PX', goneMs);
      else await redis.set(key, state);
    },
  };

  function toClaim(activation: Activation, token: string, [first, ...rest]: readonly Buffer[]): ClaimResult {
    const kind = claimKind.parse(first?.toString());
    if (kind === 'wait')
      return { kind, waitMs: number.parse(rest[0]), ...(rest[1] !== undefined && { quarantined: true }) };
    if (kind === 'slot') return { kind, slotMs: number.parse(rest[0]), waitMs: number.parse(rest[1]) };
    if (kind === 'dead') return { kind, code: failureCodeOf(textOrNull.parse(rest[0]) ?? 'rejected') };
    if (kind === 'prepare') {
      return { kind, sealed: rest[0] === undefined ? null : records.openContent(activation.messageId, rest[0]) };
    }
    if (kind !== 'go') return { kind };
    const [attempt, waits] = [number.parse(rest[0]), number.parse(rest[1])];
    const sealed = rest[2] === undefined ? null : records.openContent(activation.messageId, rest[2]);
    if (sealed === null) return { kind: 'unreadable', token, attempt };
    return { kind, token, attempt, waits, spentIds: number.parse(rest[3]), sealed };
  }

  function toRecordArgs(
    channel: ChannelRef,
    disposition: Parameters<Ledger['record']>[2],
  ): (string | number | Buffer)[] {
    switch (disposition.kind) {
      case 'done':
        return [
          'done',
          sealer.lookupHash(disposition.externalId),
          records.sealExternalId(channel.id, disposition.externalId),
        ];
      case 'later':
        return [
          'later',
          disposition.afterMs,
          disposition.spendsAttempt ? 1 : 0,
          disposition.scope === 'account' ? 'channel' : disposition.scope,
          disposition.failure.mayBeOut === true ? 1 : 0,
          disposition.scopeMs,
          disposition.failure.idSpent === true ? 1 : 0,
        ];
      case 'hold':
      case 'dead':
        return [disposition.kind, disposition.code, disposition.failure.idSpent === true ? 1 : 0];
      default:
        return disposition satisfies never;
    }
  }
}

/** Messages of one conversation leave in order. One that is to wait for none is a conversation of its own. */
function conversationOf(input: AcceptInput, recipientHash: string): string {
  return input.ordered ? `${recipientHash}.${input.lane}` : `alone.${ulidOf(input.id)}`;
}

function ulidOf(id: MessageId | InboundId): string {
  return id.slice(-26);
}
