import type { Channel, ChannelRegistry } from '@posthorn/channel';
import type { Ledger } from '@posthorn/ledger';
import { channelIdSchema, providerIdSchema, tenantIdSchema, type ChannelId } from '@posthorn/message';
import { countConsumers, countJobs, createWorkerBeats, keysOf, obliterateQueue, sendQueue } from '@posthorn/queue';
import type { DeadLetters, Queues } from '@posthorn/queue';
import type { RedisClient } from '@posthorn/runtime';
import { z } from 'zod';
import type { Audit } from './create-audit.ts';
import { rememberRemoved } from './removed-channels.ts';

/** What becomes of messages that were not sent yet: they go out first, or they become dead letters. */
export type Unsent = 'wait' | 'dead-letter';

export interface RemovalsDeps {
  readonly redis: RedisClient;
  readonly registry: Pick<ChannelRegistry, 'get' | 'remove'>;
  readonly ledger: Pick<Ledger, 'setState' | 'bury' | 'late' | 'dealtWith'>;
  readonly queues: Queues;
  readonly deadLetters: Pick<DeadLetters, 'add'>;
  readonly audit: Audit;
}

/** How far a removal is. */
export type RemovalState =
  /** It takes no more messages; so many conversations still have some. */
  | { readonly kind: 'draining'; readonly conversations: number }
  /** It is out of the registry; so many workers still have it open. */
  | { readonly kind: 'closing'; readonly workers: number }
  /** Nothing is left but its tombstone and what the ledger remembers of its messages. */
  | { readonly kind: 'gone' };

/**
 * Removes channels step by step: draining → closed by all workers → gone. Each step can be repeated, by anybody: what a process that dies leaves
 * behind, the next one goes on with.
 */
export interface Removals {
  /** Begins one, or changes the choice of one that is under way. The channel takes no message from now on. */
  readonly begin: (channel: Channel, unsent: Unsent, by: string) => Promise<void>;
  /** Ends one that is still draining: the channel is put again. */
  readonly cancel: (id: ChannelId) => Promise<void>;
  /** Takes the next step. Null: no removal of it is under way. */
  readonly advance: (id: ChannelId) => Promise<RemovalState | null>;
  /** Those that are under way. */
  readonly list: () => Promise<readonly Removal[]>;
}

const removalSchema = z.object({
  id: channelIdSchema,
  provider: providerIdSchema,
  tenantId: tenantIdSchema,
  unsent: z.enum(['wait', 'dead-letter']),
  by: z.string(),
  atMs: z.number(),
});
/** One removal that is under way. */
export type Removal = z.infer<typeof removalSchema>;

const removingKey = 'posthorn:{channels}:removing';
/** As long as the ledger keeps anything of a message. */
const rememberedMs = 31 * 86_400_000;

export function createRemovals(deps: RemovalsDeps): Removals {
  const { redis, registry, ledger, queues, deadLetters, audit } = deps;

  /** Ends what nobody sends any more, and makes dead letters of it. */
  async function bury(removal: Removal, what: 'all' | 'held'): Promise<void> {
    let after: string | null = null;
    do {
      const step: Awaited<ReturnType<Ledger['bury']>> = await ledger.bury(removal, { what, after, by: removal.by });
      for (const failure of await ledger.late(removal)) {
        const { messageId, generation, code } = failure;
        if (code !== null) await deadLetters.add(removal, { messageId, generation, code });
        await ledger.dealtWith(removal, failure);
      }
      after = step.next;
    } while (after !== null);
  }

  async function drain(removal: Removal): Promise<RemovalState> {
    if (removal.unsent === 'dead-letter') await bury(removal, 'all');
    // Looks at none: there is no message before the first.
    const { open } = await ledger.bury(removal, { what: 'held', after: '0', by: removal.by });
    // A conversation's head has a job, and so has a message that is to be sent later: none is left without either. What has been held
    // past its grace time blocks nobody, and is waited for no longer.
    const jobs = removal.unsent === 'wait' ? await countJobs(queues, sendQueue(removal)) : 0;
    if (open + jobs > 0) return { kind: 'draining', conversations: Math.max(open, jobs) };
    await bury(removal, 'held');
    await ledger.setState(removal, 'gone');
    await rememberRemoved(redis, { ...removal, goneAtMs: Number((await redis.time())[0]) * 1_000 });
    await registry.remove(removal.id);
    return await close(removal);
  }

  async function close(removal: Removal): Promise<RemovalState> {
    // Where CLIENT LIST is not allowed, their signs of life tell; those of one that was killed for 15 s more.
    const [seconds] = await redis.time();
    const [connected, { running }] = await Promise.all([
      countConsumers(queues, sendQueue(removal)),
      createWorkerBeats({ redis, now: () => Number(seconds) * 1_000 }).of(removal.id),
    ]);
    const workers = Math.max(connected, running);
    if (workers > 0) return { kind: 'closing', workers };
    await obliterateQueue(redis, queues, sendQueue(removal));
    await redis.unlink(`posthorn:{${removal.id}}:pause`);
    const keys = await keysOf(redis, `posthorn:{${removal.id}}:`);
    await Promise.all(
      keys.map(async (key) => {
        if ((await redis.pttl(key)) === -1) await redis.pexpire(key, rememberedMs);
      }),
    );
    await redis.hdel(removingKey, removal.id);
    await audit.record({ ...entryOf(removal), action: 'channel.remove', changed: [], result: 'gone' });
    return { kind: 'gone' };
  }

  return {
    begin: async (channel, unsent, by) => {
      const { id, provider, tenantId } = channel;
      const [seconds] = await redis.time();
      const removal: Removal = { id, provider, tenantId, unsent, by, atMs: Number(seconds) * 1_000 };
      await redis.hset(removingKey, id, JSON.stringify(removal));
      await ledger.setState(channel, 'draining');
      await audit.record({ ...entryOf(removal), action: 'channel.remove', changed: [], result: `begun, ${unsent}` });
    },
    cancel: async (id) => {
      await redis.hdel(removingKey, id);
    },
    advance: async (id) => {
      const text = await redis.hget(removingKey, id);
      const removal = text === null ? null : read(text);
      if (removal === null) return null;
      return registry.get(id) === null ? await close(removal) : await drain(removal);
    },
    list: async () => (await redis.hvals(removingKey)).flatMap((text) => read(text) ?? []),
  };
}

function entryOf({ id, tenantId, by }: Removal) {
  return { by, tenantId, channelId: id };
}

function read(text: string): Removal | null {
  const value: unknown = JSON.parse(text);
  return removalSchema.safeParse(value).data ?? null;
}
