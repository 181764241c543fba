import type { Clock, Random } from '@posthorn/runtime';

/**
 * Makes message ids of the form Meta's have: `wamid.` and base64 of a Thrift structure holding the
 * user's number (or BSUID), a direction, and a random part in hex: 18 digits outbound, 20 inbound.
 */
export function createWamids(clock: Clock, random: Random) {
  // The counter keeps ids apart within a run, the clock it starts at keeps runs apart.
  let counter = clock.now() % 2 ** 39;
  return function newWamid(user: string, direction: 'outbound' | 'inbound'): string {
    const chance = Math.floor(random() * 2 ** 32);
    const tail = hex(chance, 8) + hex(counter++, direction === 'outbound' ? 10 : 12);
    const head = Buffer.from([0x1c, 0x18, Buffer.byteLength(user)]);
    const middle = Buffer.from([0x15, 0x02, 0x00, direction === 'outbound' ? 0x11 : 0x12, 0x18, tail.length]);
    const bytes = Buffer.concat([head, Buffer.from(user), middle, Buffer.from(tail), Buffer.from([0x00])]);
    return `wamid.${bytes.toString('base64')}`;
  };
}

export type NewWamid = ReturnType<typeof createWamids>;

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
