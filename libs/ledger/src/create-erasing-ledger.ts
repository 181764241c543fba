import { storedFiles, type MediaId } from '@posthorn/message';
import type { RedisClient } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { encodeTime } from 'ulid';
import { z } from 'zod';
import type { ErasingLedger } from './erasing.ts';
import type { ChannelRef } from './ledger.ts';
import { bytes, text, textOrNull, words } from './reply.ts';
import type { RunScript } from './scripts.ts';
import { channelBase } from './scripts.ts';
import type { SealedRecords } from './sealed-record.ts';
import { messageIdOf } from './view.ts';

const eraseKind = z.enum(['erased', 'under_way', 'unknown']);
const endedSchema = z.enum(['cancelled', 'failed']).nullable().catch(null);
const dataReply = z.array(z.tuple([text, bytes, textOrNull, textOrNull]));
const filesReply = z.tuple([text, z.array(z.tuple([text, bytes]))]);
const pageMost = 500;

interface ErasingDeps {
  readonly redis: RedisClient;
  readonly sealer: Sealer;
  readonly records: SealedRecords;
  readonly run: RunScript;
}

/** See `erasing.ts` for what each method promises. */
export function createErasingLedger({ redis, sealer, records, run }: ErasingDeps): ErasingLedger {
  const recipientArgs = (what: 'mark' | 'forget', recipients: readonly string[], atMs: number) => [
    what,
    atMs,
    `${encodeTime(atMs + 1, 10)}${'0'.repeat(16)}`,
    ...recipients.map((each) => sealer.lookupHash(each)),
  ];
  async function* namedFiles(channel: ChannelRef): AsyncIterable<ReadonlySet<MediaId>> {
    let after = '';
    do {
      const [next, found] = filesReply.parse(await run('with-files', channel, [after, pageMost]));
      const files = found.flatMap(([ulid, blob]) => {
        const content = records.openContent(messageIdOf(channel, ulid), blob)?.content;
        return content === undefined ? [] : storedFiles(content);
      });
      yield new Set(files.flatMap(({ source }) => (source.kind === 'media' ? [source.id] : [])));
      after = next;
    } while (after !== '');
  }

  return {
    markErased: async (channel, recipients, atMs) =>
      void (await run('erase-recipient', channel, recipientArgs('mark', recipients, atMs))),
    erase: async (channel, id, giveUpMs) => {
      const [kind, ended] = words.parse(await run('erase', channel, [id.slice(-26), giveUpMs]));
      const known = eraseKind.parse(kind);
      return known === 'erased' ? { kind: known, ended: endedSchema.parse(ended) } : { kind: known };
    },
    eraseInbound: async (channel, id) => (await redis.unlink(`${channelBase(channel)}i:${id.slice(-26)}`)) === 1,
    forgetRecipients: async (channel, recipients, atMs) =>
      z.number().parse(await run('erase-recipient', channel, recipientArgs('forget', recipients, atMs))),
    eventData: async (channel, positions) =>
      dataReply.parse(await run('event-data', channel, positions)).map(([position, blob, ulid, erased]) => ({
        position,
        ulid,
        isErased: erased !== null,
        data: records.openData(channel.id, blob),
      })),
    eraseEventData: async (channel, positions) => {
      if (positions.length > 0) await redis.unlink(...positions.map((each) => `${channelBase(channel)}x:${each}`));
    },
    namedFiles,
  };
}
