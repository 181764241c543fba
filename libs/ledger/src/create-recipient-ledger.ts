import type { InboundMessage } from '@posthorn/message';
import type { Sealer } from '@posthorn/sealing';
import { z } from 'zod';
import type { RecipientLedger, RecipientView } from './recipients.ts';
import { text, textOrNull, words } from './reply.ts';
import type { RunScript } from './scripts.ts';
import type { SealedRecords } from './sealed-record.ts';

const receivedKind = z.enum(['received', 'repeat', 'erased']);
const windowMs = 86_400_000;
const recipientReply = z.tuple([text, textOrNull, textOrNull]);
const kept = z.tuple([z.enum(['out', 'in']), z.coerce.number(), z.enum(['word', 'provider', 'preference', 'api'])]);

interface RecipientDeps {
  readonly sealer: Sealer;
  readonly records: SealedRecords;
  readonly run: RunScript;
}

/** See `recipients.ts` for what each method promises. */
export function createRecipientLedger({ sealer, records, run }: RecipientDeps): RecipientLedger {
  return {
    receive: async (channel, id, message, says = null) => {
      const detail = { recipient: message.from, source: 'word', inboundId: id, messageId: null };
      const toChannel = isToChannel(message);
      const [kind] = words.parse(
        await run('receive', channel, [
          sealer.lookupHash(message.externalId),
          id.slice(-26),
          records.sealInbound({ ...message, id, channelId: channel.id }),
          sealer.lookupHash(JSON.stringify(said(message))),
          toChannel ? Date.parse(message.sentAt) : 0,
          toChannel && says !== null ? says : '',
          says === null ? '' : records.sealData(channel.id, detail),
          Date.parse(message.receivedAt),
          // They may be written to by either.
          ...[...new Set([message.from, message.userId ?? message.from])].map((each) => sealer.lookupHash(each)),
        ]),
      );
      return { kind: receivedKind.parse(kind) };
    },

    recipient: async (channel, recipient) =>
      toView(await run('recipient', channel, ['', '', 0, '', sealer.lookupHash(recipient)])),

    opt: async (channel, { recipient, what, source, atMs }) => {
      const data = records.sealData(channel.id, { recipient, source, inboundId: null, messageId: null });
      return toView(await run('recipient', channel, [what, source, atMs ?? 0, data, sealer.lookupHash(recipient)]));
    },
  };
}

/** In a group, or by a change of number, nobody writes to the channel. */
function isToChannel({ groupId, content }: Pick<InboundMessage, 'groupId' | 'content'>): boolean {
  return groupId === undefined && content.type !== 'system';
}

/** What a received message says: the same on every repeat of its call, unlike when it came. */
function said({ receivedAt: _receivedAt, ...rest }: Omit<InboundMessage, 'id' | 'channelId'>): unknown {
  return rest;
}

function toView(reply: unknown): RecipientView {
  const [, wrote, marketing] = recipientReply.parse(reply);
  const [what, since, source] = kept.safeParse(marketing?.split(' ')).data ?? ['in' as const];
  return {
    windowUntil: wrote === null ? null : Number(wrote) + windowMs,
    optedOut: what === 'in' || since === undefined || source === undefined ? null : { since, source },
  };
}
