import { channelIdSchema, eventTypeSchema, subscriptionIdSchema, tenantIdSchema } from '@posthorn/message';
import type { ChannelId, EventType, SubscriptionId, TenantId } from '@posthorn/message';
import { z } from 'zod';

/** Why deliveries stand still, and since when (ms since 1970). */
const standing = z.object({ since: z.number(), reason: z.string() }).nullable();

export const subscriptionSchema = z.object({
  id: subscriptionIdSchema,
  tenantId: tenantIdSchema,
  name: z.string().nullable(),
  url: z.string(),
  /** Null: all, those of later releases too. */
  types: z.array(eventTypeSchema).nullable(),
  /** Null: all of the tenant's, those added later too. */
  channels: z.array(channelIdSchema).nullable(),
  /** The newest first. An older one signs too until its time is over, so that receivers can change in their own time. */
  secrets: z.array(z.object({ secret: z.string(), untilMs: z.number().nullable() })),
  /** Deliveries per second; null: as fast as the receiver answers. */
  pacePerSecond: z.number().positive().nullable(),
  /** Deliveries under way at once, per process. */
  concurrency: z.number().int().min(1),
  /** Events that may wait for it. */
  backlogMax: z.number().int().min(1),
  /** By its owner. Events go on being collected. */
  paused: standing,
  /** By posthorn, after days of failure. Events go on being collected. */
  held: standing,
  /** The receiver wants nothing more (410). Nothing is collected. */
  disabled: standing,
  /** It is told what happened after this, by Redis' clock. */
  createdAt: z.number(),
  /** Since when it watches the channels it does now: where a channel begins that nobody watched before. */
  watchesSince: z.number(),
  version: z.number(),
});
/** One subscriber's address and what it wants to be told. Secrets are never shown again, nor logged. */
export type Subscription = Readonly<z.infer<typeof subscriptionSchema>>;

/** Whether it is told of events of that channel at all. */
export function watches(
  { tenantId, channels, disabled }: Subscription,
  channel: { readonly id: ChannelId; readonly tenantId: TenantId },
): boolean {
  return disabled === null && tenantId === channel.tenantId && (channels === null || channels.includes(channel.id));
}

/** Whether it is told of events of that type. */
export function wants({ types }: Subscription, type: EventType): boolean {
  return types === null || types.includes(type);
}

/** Whether its queue stands still. */
export function isStanding({ paused, held, disabled }: Subscription): boolean {
  return (paused ?? held ?? disabled) !== null;
}

/** The secrets that sign now, the newest first. */
export function activeSecrets({ secrets }: Subscription, nowMs: number): readonly string[] {
  return secrets.filter(({ untilMs }) => untilMs === null || untilMs > nowMs).map(({ secret }) => secret);
}

export interface SubscriptionRegistry {
  readonly get: (id: SubscriptionId) => Subscription | null;
  readonly list: () => readonly Subscription[];
  readonly add: (subscription: Omit<Subscription, 'version'>) => Promise<Subscription>;
  /** Compares and sets: `change` is asked again when another changed it in between. Null: there is none of that id. */
  readonly change: (
    id: SubscriptionId,
    change: (known: Subscription) => Omit<Subscription, 'version'>,
  ) => Promise<Subscription | null>;
  readonly remove: (id: SubscriptionId) => Promise<boolean>;
  /** Looks at the registry now. */
  readonly refresh: () => Promise<void>;
  /** Calls back after every change seen here, and once at the start. Returns how to stop. */
  readonly onChange: (listener: (subscriptions: readonly Subscription[]) => void) => () => void;
  readonly close: () => Promise<void>;
}
