import type { ChannelRegistry } from '@posthorn/channel';
import { createSpoolFollower, type ErasureStore } from '@posthorn/erasure';
import { every, isRedisAway, systemClock, type Own } from '@posthorn/runtime';
import type { Sealer } from '@posthorn/sealing';
import { createSpool } from '@posthorn/spool';
import { createWebhookKeeper, type WebhookKeeperDeps } from './create-webhook-keeper.ts';
import type { WebhookInbox } from './ingress-deps.ts';
import { createSpoolSide } from './spool-side.ts';

export interface OpenWebhookInboxDeps extends Omit<WebhookKeeperDeps, 'spool'> {
  readonly channels: Pick<ChannelRegistry, 'isLoaded' | 'get'>;
  readonly erasures: ErasureStore;
  /** Without it there is no spool. */
  readonly dir: string | undefined;
  readonly bytesMax: number;
  readonly sealer: Sealer;
}

/** Told before the spool is full. */
const fillingAt = 0.8;
const fullAt = 0.98;
/** How often it is asked whether somebody is being erased. */
const followMs = 1_000;

/** Redis tells by itself that it is away. */
function unlessAway(error: unknown): void {
  if (!isRedisAway(error)) throw error;
}

/** Where webhooks are kept, with what readiness must know of it. */
export async function openWebhookInbox(
  own: Own,
  { dir, bytesMax, sealer, ...deps }: OpenWebhookInboxDeps,
): Promise<{
  readonly inbox: WebhookInbox;
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  /** Whether webhooks are taken while Redis is away. */
  readonly hasRoom: () => boolean;
}> {
  if (dir === undefined) {
    const store = async (...call: Parameters<typeof deps.store>) => {
      await deps.store(...call);
      return 'stored' as const;
    };
    return { inbox: { store, storeUnverified: async () => false }, checks: {}, hasRoom: () => false };
  }
  const spool = await createSpool({ root: dir, bytesMax, sealer, clock: systemClock, log: deps.log });
  const keeper = own(createWebhookKeeper({ ...deps, spool }), (open) => open.close(), 'webhook spool');
  const side = createSpoolSide({ spool, channels: deps.channels, targets: deps.targets, clock: systemClock });
  const follow = createSpoolFollower({ store: deps.erasures, spool: side, log: deps.log });
  own(
    every(followMs, async () => await follow().catch(unlessAway), { log: deps.log, name: 'erasures in the spool' }),
    async (open) => {
      await open.close();
      await deps.erasures.leave(side.id).catch(() => undefined);
    },
    'erasures in the spool',
  );
  const filled = (): number => spool.state().bytes / bytesMax;
  return {
    inbox: keeper.inbox,
    checks: {
      spool: async () => {
        if (filled() >= fillingAt) throw new Error('the spool is nearly full');
      },
    },
    hasRoom: () => filled() < fullAt,
  };
}
