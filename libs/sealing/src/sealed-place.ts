/** Where in the value of a key sealed blobs lie: the value itself, one field of a hash, all its fields, or the items of a list. */
export type SealedSpot =
  | { readonly kind: 'value' }
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'fields' }
  | { readonly kind: 'items' };

/**
 * A kind of key in Redis that holds sealed blobs. Whoever seals into Redis describes its places, or `posthorn secrets rotate` would
 * not find them (`apps/cli/src/secrets.test.ts` looks for that).
 */
export interface SealedPlace {
  /** For people, like `content of messages`. */
  readonly name: string;
  /** Fits the whole of such a key, and no other. */
  readonly key: RegExp;
  readonly spot: SealedSpot;
  /** The context it was sealed with, from the pattern's groups and, in a hash, the field. */
  readonly contextOf: (groups: Readonly<Record<string, string>>, field: string) => string;
}
