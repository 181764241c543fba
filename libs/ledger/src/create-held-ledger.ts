import type { Sealer } from '@posthorn/sealing';
import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import type { HeldAction, HeldLedger } from './held.ts';
import { bytes, number, record, text, textOrNull, words } from './reply.ts';
import type { RunScript } from './scripts.ts';
import { channelBase } from './scripts.ts';
import type { SealedRecords } from './sealed-record.ts';
import { scrub } from './timeline.ts';
import { toMessageView } from './view.ts';

/** How long a released message may wait to be sent. */
const lifeMs = 86_400_000;

const heldReply = z.tuple([number, z.array(z.tuple([text, record, bytes, textOrNull]))]);
const releaseKind = z.enum(['released', 'unknown', 'content_gone', 'not_held']);
const discardKind = z.enum(['discarded', 'unknown', 'not_held']);

interface HeldDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly records: SealedRecords;
  readonly run: RunScript;
}

/** The ledger's part for held messages; see `held.ts` for what each method promises. */
export function createHeldLedger({ redis, sealer, records, run }: HeldDeps): HeldLedger {
  return {
    held: async (channel, { from, count }) => {
      const [total, rows] = heldReply.parse(await run('held', channel, [from, count]));
      const messages = rows.map(([ulid, fields, content, blockedSince]) => {
        const field = (name: string): number | null => {
          const value = fields.get(name);
          return value === undefined ? null : Number(value.toString());
        };
        const message = toMessageView(channel, ulid, fields, content, records);
        return {
          message,
          calledAt: field('ca') ?? message.statusAt,
          blocks: blockedSince !== null,
          spentIds: field('ids') ?? 0,
          lookUps: field('lu') ?? 0,
          lookedUpAt: field('la'),
        };
      });
      return { total, messages };
    },

    release: async (channel, id, action) => {
      const entry = JSON.stringify({ what: 'released', note: `${noteOf(action)}; it may be a duplicate` });
      const [kind, status = ''] = words.parse(await run('release', channel, [ulidOf(id), lifeMs, entry]));
      const known = releaseKind.parse(kind);
      return known === 'not_held' ? { kind: known, status } : { kind: known };
    },

    discard: async (channel, id, action) => {
      const entry = JSON.stringify({ what: 'discarded', code: 'outcome_unknown', note: noteOf(action) });
      const [kind, more = ''] = words.parse(await run('discard', channel, [ulidOf(id), entry]));
      const known = discardKind.parse(kind);
      switch (known) {
        case 'discarded':
          return { kind: known, generation: Number(more) };
        case 'not_held':
          return { kind: known, status: more };
        case 'unknown':
          return { kind: known };
        default:
          return known satisfies never;
      }
    },

    settleHeld: async ({ channel, messageId, generation }, externalId, note) => {
      const entry = JSON.stringify({ what: 'evidence', generation, status: 'submitted', note: scrub(note) });
      // As a late answer: whoever brings it, it settles.
      await run('record', channel, [
        ulidOf(messageId),
        generation,
        '',
        entry,
        'done',
        sealer.lookupHash(externalId),
        records.sealExternalId(channel.id, externalId),
      ]);
    },

    noteLookUp: async ({ channel, messageId, generation }, note) => {
      const entry = JSON.stringify({ what: 'looked_up', generation, note: scrub(note) });
      await run('looked', channel, [ulidOf(messageId), generation, entry]);
    },

    known: async (channel, externalIds) => {
      if (externalIds.length === 0) return new Set();
      const keys = externalIds.map((id) => `${channelBase(channel)}p:${sealer.lookupHash(id)}`);
      const pointers = await redis.mget(...keys);
      return new Set(externalIds.filter((_id, at) => typeof pointers[at] === 'string'));
    },
  };
}

/** No personal data: reasons are written by people. */
function noteOf({ by, why }: HeldAction): string {
  return scrub(`by ${by}${why === undefined || why === '' ? '' : `: ${why}`}`).slice(0, 500);
}

function ulidOf(id: string): string {
  return id.slice(-26);
}
