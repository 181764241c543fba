import type { ChannelRef, Ledger } from '@posthorn/ledger';
import type { Media } from '@posthorn/media';
import type { ProviderId, TenantId } from '@posthorn/message';
import type { DeadLetters, FileErrands, RawCalls, WebhookInbox } from '@posthorn/queue';
import type { RedisClient } from '@posthorn/runtime';
import type { DeliveryLog, SubscriptionRegistry } from '@posthorn/subscription';
import type { ErasureStore } from './erasure-store.ts';
import type { Place } from './erasure.ts';

/** What an erasure works on. */
export interface EraserDeps {
  readonly redis: RedisClient;
  readonly store: ErasureStore;
  readonly ledger: Ledger;
  readonly deadLetters: Pick<DeadLetters, 'get' | 'remove'>;
  readonly inbox: WebhookInbox;
  readonly rawCalls: RawCalls;
  readonly errands: FileErrands;
  readonly media: Media;
  readonly subscriptions: Pick<SubscriptionRegistry, 'list' | 'refresh'>;
  readonly deliveries: DeliveryLog;
  readonly providers: readonly ProviderId[];
}

/** One erasure, as its steps see it. */
export interface Task {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly startedAt: number;
  readonly dryRun: boolean;
  /** Of the tenant, by id; those removed in the last 31 days too. */
  readonly channels: ReadonlyMap<string, ChannelRef>;
  /** All names of the person: what was given, and others that they were seen to go by. */
  readonly addresses: readonly string[];
  /** Whether a text names the person. */
  readonly names: (text: string) => boolean;
  readonly count: (place: Place, count?: number) => Promise<void>;
}

/** So many keys are looked at side by side. */
export const atOnce = 64;

/** Does that with each, some at once. */
export async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += atOnce) await Promise.all(items.slice(at, at + atOnce).map(work));
}

const keyPattern = /^posthorn:\{(?<tag>[^}]+)\}:(?<kind>\w+):(?<rest>.+)$/u;

/** Of a page of keys those of a kind in the tenant's channels: what stands at the end, by channel. */
export function inChannels({ channels }: Task, keys: readonly string[], kind: 'i' | 'x' | 'raw') {
  return keys.flatMap((key) => {
    const found = keyPattern.exec(key)?.groups;
    const channel = found?.['kind'] === kind ? channels.get(found['tag'] ?? '') : undefined;
    return channel === undefined || found?.['rest'] === undefined ? [] : [{ channel, rest: found['rest'] }];
  });
}
