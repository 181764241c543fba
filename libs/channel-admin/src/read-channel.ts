import { channelInputSchema } from '@posthorn/channel';
import type { ChannelInput } from '@posthorn/channel';
import type { Fault, OldChannel, Provider } from '@posthorn/provider';

export type ReadChannelResult =
  | {
      readonly kind: 'read';
      readonly input: ChannelInput;
      /** The provider whose older system's form it had; null: it had ours. */
      readonly oldFormOf: Provider | null;
    }
  /** Pointers start at the document. */
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/**
 * Reads a channel as a person writes it: in our form, or unchanged in that of a system which posthorn replaces.
 * No fault shows a value. Whether its provider takes the settings, `putChannel` finds out.
 */
export function readChannel(providers: readonly Provider[], document: unknown): ReadChannelResult {
  for (const provider of providers) {
    const old: OldChannel | null = provider.readOldChannel?.(document) ?? null;
    if (old?.kind === 'invalid') return old;
    if (old === null) continue;
    return parse({ id: old.id, provider: provider.id, settings: old.settings }, provider);
  }
  return parse(document, null);
}

function parse(document: unknown, oldFormOf: Provider | null): ReadChannelResult {
  const parsed = channelInputSchema.safeParse(document);
  if (parsed.success) return { kind: 'read', input: parsed.data, oldFormOf };
  const faults = parsed.error.issues.map(({ path, message }) => ({ pointer: pointerTo(path), detail: message }));
  return { kind: 'invalid', faults };
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
