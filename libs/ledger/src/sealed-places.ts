import type { SealedPlace } from '@posthorn/sealing';

const channelKey = (rest: string): RegExp => new RegExp(`^posthorn:\\{(?<channel>[A-Za-z0-9-]+)\\}:${rest}$`, 'u');
const ulid = '(?<ulid>[0-9A-Z]{26})';

/** Where the ledger keeps what it seals (`sealed-record.ts`); `lua/prelude.lua` lists the keys. */
export const ledgerSealedPlaces: readonly SealedPlace[] = [
  {
    name: 'content of messages',
    key: channelKey(`s:${ulid}`),
    spot: { kind: 'value' },
    contextOf: ({ channel, ulid: id }) => `content msg_${channel}_${id}`,
  },
  {
    name: 'provider’s ids of messages',
    key: channelKey(`m:${ulid}`),
    spot: { kind: 'field', field: 'x' },
    contextOf: ({ channel }) => `external ${channel}`,
  },
  {
    name: 'received messages',
    key: channelKey(`i:${ulid}`),
    spot: { kind: 'value' },
    contextOf: ({ channel, ulid: id }) => `inbound in_${channel}_${id}`,
  },
  {
    name: 'data of events',
    key: channelKey('x:\\d+-\\d+'),
    spot: { kind: 'value' },
    contextOf: ({ channel }) => `event ${channel}`,
  },
];
