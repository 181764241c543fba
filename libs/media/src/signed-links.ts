import { timingSafeEqual } from 'node:crypto';
import { mediaIdSchema, type MediaId } from '@posthorn/message';
import type { Clock } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';

/** What a link's token is worth. */
export type ReadToken =
  | { readonly kind: 'valid'; readonly id: MediaId; readonly expiresAtMs: number }
  | { readonly kind: 'expired' }
  | { readonly kind: 'wrong' };

/** Addresses of files that anybody may read who has them, for a while. */
export interface SignedLinks {
  /** The part of an address that says which file, until when, and proves that we said so. */
  readonly toToken: (id: MediaId, lifeMs: number) => string;
  readonly readToken: (token: string) => ReadToken;
}

const tokenPattern = /^(?<ulid>[0-9A-HJKMNP-TV-Z]{26})\.(?<until>[0-9a-z]{6,8})\.(?<proof>[A-Za-z0-9_-]{22})$/u;

/**
 * `<ulid>.<until, seconds since 1970 in base 36>.<HMAC-SHA256, 128 bits>`. The key is the installation's look-up key, which every
 * copy has: so any of them makes and reads every link.
 */
export function createSignedLinks({ sealer, clock }: { sealer: Sealer; clock: Clock }): SignedLinks {
  const prove = (ulid: string, until: string): string => sealer.lookupHash(`media link ${ulid} ${until}`);
  return {
    toToken: (id, lifeMs) => {
      const ulid = id.slice('med_'.length);
      const until = Math.ceil((clock.now() + lifeMs) / 1000).toString(36);
      return `${ulid}.${until}.${prove(ulid, until)}`;
    },
    readToken: (token) => {
      const { ulid = '', until = '', proof = '' } = tokenPattern.exec(token)?.groups ?? {};
      const expected = Buffer.from(prove(ulid, until));
      const given = Buffer.from(proof.padEnd(expected.byteLength));
      if (!timingSafeEqual(given, expected)) return { kind: 'wrong' };
      const expiresAtMs = Number.parseInt(until, 36) * 1000;
      if (expiresAtMs <= clock.now()) return { kind: 'expired' };
      return { kind: 'valid', id: mediaIdSchema.parse(`med_${ulid}`), expiresAtMs };
    },
  };
}
